import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { type HttpRequest, HttpResponse } from "@smithy/protocol-http";
import { brokenAfter } from "../../faults/wire-faults";
import type { WireHandler, WireRequest, WireResponse } from "../wire";

/** A `requestHandler` for AWS SDK v3 clients that answers in this process, without a socket. */
export interface InProcessHandler {
  readonly metadata: { handlerProtocol: string };
  handle(request: HttpRequest, options?: { abortSignal?: unknown }): Promise<{ response: HttpResponse }>;
  updateHttpClientConfig(key: never, value: never): void;
  httpHandlerConfigs(): Record<string, never>;
  destroy(): void;
}

/** Joins clients to a handler. */
export function inProcessHandler(handle: WireHandler): InProcessHandler {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(request, options) {
      const signal = options?.abortSignal as AbortSignal | undefined;
      if (signal?.aborted) throw aborted();
      const answer = handle(wireRequest(request)).then(unlessBroken);
      const { status, headers, body } = await (signal ? Promise.race([answer, whenAborted(signal)]) : answer);
      return { response: new HttpResponse({ statusCode: status, headers, body: body ?? Readable.from([]) }) };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
}

function wireRequest(request: HttpRequest): WireRequest {
  const query: Record<string, string | string[]> = Object.create(null);
  for (const [key, value] of Object.entries(request.query)) query[key] = value ?? "";
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value;
  return { method: request.method, path: request.path, query, headers, body: wireBody(request.body) };
}

function wireBody(body: unknown): WireRequest["body"] {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  return body as AsyncIterable<Uint8Array>;
}

/** What a socket would do for an injected fault of the connection. */
async function unlessBroken(response: WireResponse): Promise<WireResponse> {
  const after = brokenAfter(response);
  if (after === undefined) return response;
  await wait(after, undefined, { ref: false });
  throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(aborted()), { once: true });
  });
}

function aborted(): Error {
  const error = new Error("Request aborted");
  error.name = "AbortError";
  return error;
}
