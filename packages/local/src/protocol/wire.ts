import type { Readable } from "node:stream";
import { ServiceError } from "../errors";

/** An HTTP request, wherever it came from: a socket, or a client in this process. */
export interface WireRequest {
  method: string;
  /** Percent-encoded, without the query. */
  path: string;
  /** Decoded; a key without "=" has the value "". */
  query: Readonly<Record<string, string | string[]>>;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Undefined when there is none. */
  body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

/** An HTTP response. */
export interface WireResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Uint8Array | Readable | undefined;
}

/** Whoever answers requests: the cloud in this process, or a way to the one that owns the state. */
export type WireHandler = (request: WireRequest) => Promise<WireResponse>;

const nothing = new Uint8Array();

/**
 * The whole body in memory.
 * @param limit bytes
 * @throws ServiceError RequestEntityTooLargeException (413)
 */
export async function collectBody(body: WireRequest["body"], limit: number): Promise<Uint8Array> {
  if (body === undefined) return nothing;
  if (body instanceof Uint8Array) {
    if (body.byteLength > limit) throw tooLarge(limit);
    return body;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
}

function tooLarge(limit: number): ServiceError {
  return new ServiceError("RequestEntityTooLargeException", `The request body is larger than ${limit} bytes.`, {
    status: 413,
    facts: { limit },
  });
}

/** Splits a raw query string. */
export function parseQuery(text: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = Object.create(null);
  for (const [key, value] of new URLSearchParams(text)) {
    const known = query[key];
    if (known === undefined) query[key] = value;
    else query[key] = Array.isArray(known) ? [...known, value] : [known, value];
  }
  return query;
}
