import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ServiceError } from "../../errors";
import { brokenAfter } from "../../faults/wire-faults";
import { parseQuery, type WireHandler, type WireRequest, type WireResponse } from "../wire";

/** How requests from a socket are let in. */
export interface HttpServerOptions {
  /** Host names that a request may be for; undefined lets all in, and passes injected faults of the connection on as they are. */
  allowsHost?: (host: string) => boolean;
}

/** A key of 1,024 bytes, percent-encoded, in the path and in a copy source: more than Node's 16 KB. */
const largestHeaderBytes = 64 * 1024;

/** Serves a handler over HTTP. Signatures are not checked: whoever reaches the socket is let in. */
export function createHttpServer(handle: WireHandler, options: HttpServerOptions = {}): Server {
  return createServer(unhurried, (incoming, outgoing) => {
    serve(handle, options, incoming, outgoing).catch(() => outgoing.destroy());
  });
}

/**
 * No connection is closed because it is idle: a request that arrives while this process is busy, and waits in the socket when
 * the time runs out, would be lost with the connection. Clients are on this machine, so their connections end with them.
 */
const unhurried = {
  maxHeaderSize: largestHeaderBytes,
  keepAliveTimeout: 0,
  headersTimeout: 0,
  requestTimeout: 0,
  // Finds a client that is gone without a word, where the cloud listens for other machines.
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
};

async function serve(
  handle: WireHandler,
  options: HttpServerOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const request = readRequest(incoming);
  const response = refusal(request, options) ?? (await handle(request));
  const cut = options.allowsHost && brokenAfter(response);
  if (cut !== undefined) {
    incoming.resume();
    setTimeout(() => outgoing.destroy(), cut).unref();
    return;
  }
  // The rest of a body that nobody wanted is read all the same: a client that is still sending when the connection is closed
  // gets a reset, and not the answer.
  if (!incoming.complete) incoming.resume();
  await writeResponse(response, request.method, outgoing);
}

function readRequest(incoming: IncomingMessage): WireRequest {
  const url = incoming.url ?? "/";
  const target = url.startsWith("/") ? url : url.replace(/^[a-z]+:\/\/[^/]*/i, "") || "/";
  const cut = target.indexOf("?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  return {
    method: incoming.method ?? "GET",
    path: cut < 0 ? target : target.slice(0, cut),
    query: cut < 0 ? {} : parseQuery(target.slice(cut + 1)),
    headers,
    body: hasBody ? bodyOf(incoming) : undefined,
  };
}

async function* bodyOf(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    // Who stops reading in the middle has an error to tell; destroying the stream would take the connection with it.
    yield* incoming.iterator({ destroyOnReturn: false });
  } catch (cause) {
    throw new ServiceError("IncompleteBody", "The client closed the connection before the request was complete.", {
      cause,
    });
  }
}

async function writeResponse(response: WireResponse, method: string, outgoing: ServerResponse): Promise<void> {
  const { status, body } = response;
  outgoing.statusCode = status;
  for (const [name, value] of Object.entries(response.headers)) outgoing.setHeader(name, headerValue(value));
  if (body instanceof Readable) {
    if (method === "HEAD") body.destroy();
    else {
      await pipeline(body, outgoing);
      return;
    }
  } else if (body && !(method === "HEAD")) {
    outgoing.setHeader("content-length", body.byteLength);
    outgoing.end(body);
    return;
  } else if (method !== "HEAD" && status !== 204 && status !== 304 && !outgoing.hasHeader("content-length")) {
    outgoing.setHeader("content-length", 0);
  }
  outgoing.end();
}

/** Header values hold no other characters; S3 writes them this way (RFC 2047), too. */
function headerValue(value: string): string {
  return /^[\t\x20-\x7e]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString("base64")}?=`;
}

/** Web pages reach for 127.0.0.1 in two ways: through a name of their own that points there, and by sending requests across origins. */
function refusal({ headers }: WireRequest, { allowsHost }: HttpServerOptions): WireResponse | undefined {
  if (!allowsHost) return undefined;
  const host = (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  if (!allowsHost(host)) {
    return refuse(
      "ForbiddenHost",
      `Requests for the host "${host}" are refused: a web page could reach this cloud through a name that points to 127.0.0.1. Use 127.0.0.1 or localhost, or allow the name when the cloud is started.`,
    );
  }
  const origin = headers.origin;
  if (origin === undefined || allowsHost(originHost(origin))) return undefined;
  return refuse("ForbiddenOrigin", `Requests of web pages from "${origin}" are refused.`);
}

function originHost(origin: string): string {
  return /^https?:\/\/([^/]*?)(?::\d+)?$/i.exec(origin)?.[1]?.toLowerCase() ?? "";
}

function refuse(code: string, message: string): WireResponse {
  return {
    status: 403,
    headers: { "content-type": "application/json", "x-amzn-errortype": code },
    body: Buffer.from(JSON.stringify({ __type: code, message })),
  };
}

/** Names that only ever mean this machine. */
export function isLoopbackHost(host: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]|([a-z0-9_.-]+\.)localhost)$/.test(host);
}
