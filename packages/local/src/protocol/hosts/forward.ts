import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { collectBody, type WireHandler, type WireRequest } from "../wire";

/** A way to the process that owns the state. */
export interface Forwarder {
  /** @throws ConnectionLost when the owner cannot be reached, or ends before it has answered */
  handle: WireHandler;
  close(): void;
}

/** The owner is gone. */
export class ConnectionLost extends Error {}

const heldInMemory = 4 * 1024 * 1024;

/** Hands requests to a cloud in another process over its Unix socket. */
export function forwardTo(socketPath: string): Forwarder {
  const agent = new Agent({ keepAlive: true });
  return {
    handle: (request) =>
      new Promise((resolve, reject) => {
        const lost = (cause: Error) => reject(new ConnectionLost(cause.message, { cause }));
        const { expect: _expect, ...headers } = request.headers;
        const outgoing = httpRequest(
          { socketPath, agent, method: request.method, path: pathWithQuery(request), headers },
          (incoming) => receive(incoming).then(resolve, lost),
        );
        outgoing.on("error", lost);
        send(request.body, outgoing).catch((error) => {
          outgoing.destroy();
          reject(error);
        });
      }),
    close: () => agent.destroy(),
  };
}

function pathWithQuery({ path, query }: WireRequest): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [key, one] as [string, string]),
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`;
}

async function send(body: WireRequest["body"], outgoing: ClientRequest): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) outgoing.end(body);
  else await pipeline(Readable.from(body, { objectMode: false }), outgoing);
}

async function receive(incoming: IncomingMessage): Promise<Awaited<ReturnType<WireHandler>>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  const status = incoming.statusCode ?? 500;
  const size = Number(headers["content-length"] ?? Number.POSITIVE_INFINITY);
  if (size > heldInMemory) return { status, headers, body: incoming };
  // Small answers are read whole, so that an owner's end shows while the request can still be repeated.
  const body = await collectBody(incoming, heldInMemory);
  // Clients take an object's content as a stream only.
  return { status, headers, body: headers.etag === undefined ? body : Readable.from([body], { objectMode: false }) };
}
