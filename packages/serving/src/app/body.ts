import { Problem } from "./problem";
import { parseStrictJson } from "./strict-json";

/**
 * Reads the bytes of a request's JSON body within a limit.
 *
 * @throws {@link Problem} `content_type_unsupported`, `body_too_large` and `body_incomplete`.
 */
export async function readBody(request: Request, limitBytes: number): Promise<Uint8Array> {
  bodyType(request.headers, ["application/json"]);
  const announced = Number(request.headers.get("content-length") ?? Number.NaN);
  if (announced > limitBytes) throw tooLarge(limitBytes);
  const bytes = await bytesOf(request, Number.isFinite(announced), limitBytes);
  if (bytes.length > limitBytes) throw tooLarge(limitBytes);
  return bytes;
}

/**
 * Parses a JSON body.
 *
 * @throws {@link Problem} `body_empty`, `body_not_utf8` and what {@link parseStrictJson} throws.
 */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  if (text.trim() === "") throw new Problem("body_empty", "The body is empty. Send one JSON document.");
  return parseStrictJson(text);
}

/** The body broke off. */
export function bodyIncomplete(): Problem {
  return new Problem("body_incomplete", "The connection ended before the body did. Send the whole body.");
}

/** Media types of bodies, as a request's `content-type` names them. */
export type BodyType = "application/json" | "application/x-ndjson" | "text/csv";

/**
 * The media type of a request's body.
 *
 * @throws {@link Problem} `content_type_unsupported` when it is none of `accepted`, is not UTF-8 or is compressed.
 */
export function bodyType<Accepted extends BodyType>(headers: Headers, accepted: readonly Accepted[]): Accepted {
  const type = headers.get("content-type") ?? "";
  const [essence = "", ...parameters] = type.toLowerCase().split(";");
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith("charset="));
  const utf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const identity = (headers.get("content-encoding") ?? "identity").toLowerCase() === "identity";
  const known = accepted.find((each) => each === essence.trim());
  if (known !== undefined && utf8 && identity) return known;
  const received = identity ? (type === "" ? "no content type" : "another one") : "a content encoding";
  const detail = `Send the header content-type: ${accepted.join(" or ")}, in UTF-8 and without content encoding; the request has ${received}.`;
  throw new Problem("content_type_unsupported", detail, { headers: { "accept-post": accepted.join(", ") } });
}

/** Reads the body at once where its length was announced, else piece by piece up to the limit. */
async function bytesOf(request: Request, announced: boolean, limitBytes: number): Promise<Uint8Array> {
  try {
    return announced ? new Uint8Array(await request.arrayBuffer()) : await drain(request, limitBytes);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw bodyIncomplete();
  }
}

async function drain(request: Request, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge(limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Problem("body_not_utf8", "The body holds bytes that no UTF-8 text has. Encode it in UTF-8.");
  }
}

function tooLarge(limitBytes: number): Problem {
  // Without `connection: close`: what is left of the body is then read and thrown away for a moment, and the client, who
  // is still sending, gets the answer rather than a broken pipe.
  return new Problem("body_too_large", `The body is larger than ${limitBytes} bytes. Send less at once.`);
}
