import { DataSetError } from "../errors";

/** Where a CSV comes from: its text, its bytes, or a stream of either (a Node `Readable` is one). */
export type CsvSource = string | Uint8Array | AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

/**
 * Decodes a source as UTF-8 text, chunk by chunk, without a byte-order mark.
 *
 * @param name how messages call the file.
 * @throws {@link DataSetError} `file_binary`, `not_utf8`, and `file_empty` when there is nothing but white space.
 */
export async function* decodeText(source: CsvSource, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const seen = { line: 1, anything: false, first: true };
  const check = (text: string): string => {
    seen.line += text.split("\n").length - 1;
    seen.anything ||= text.trim() !== "";
    return text;
  };
  for await (const chunk of withStart(chunksOf(source))) {
    if (typeof chunk === "string") {
      if (chunk.includes("\0")) throw binary(name, undefined);
      const text = seen.first ? chunk.replace(/^\ufeff/, "") : chunk;
      if (chunk !== "") seen.first = false;
      yield check(text);
      continue;
    }
    if (chunk.includes(0)) throw binary(name, seen.first ? chunk : undefined);
    if (chunk.length > 0) seen.first = false;
    yield check(decode(decoder, chunk, name, seen.line));
  }
  yield check(decode(decoder, undefined, name, seen.line));
  if (!seen.anything) {
    throw new DataSetError("file_empty", `${name} is empty. Give a CSV file with a header line and rows.`, { name });
  }
}

const START_BYTES = 4096;

/** Joins the first byte chunks, so that what a file is can be seen however small the chunks are. */
async function* withStart(
  chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
): AsyncGenerator<Uint8Array | string> {
  let start: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (start === undefined || typeof chunk === "string") {
      yield chunk;
      continue;
    }
    const joined: Uint8Array = new Uint8Array(start.length + chunk.length);
    joined.set(start);
    joined.set(chunk, start.length);
    start = joined.length < START_BYTES ? joined : undefined;
    if (start === undefined) yield joined;
  }
  if (start !== undefined && start.length > 0) yield start;
}

function chunksOf(source: CsvSource): AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string> {
  return typeof source === "string" || source instanceof Uint8Array ? [source] : source;
}

function decode(
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Uint8Array | undefined,
  name: string,
  line: number,
): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    const at = chunk === undefined ? line : line + firstInvalidLine(chunk);
    const message = `${name} is not UTF-8: line ${at} holds bytes that no UTF-8 text has. Save the file in UTF-8.`;
    throw new DataSetError("not_utf8", message, { name, line: at });
  }
}

/** How many line ends precede the first undecodable byte of a chunk. */
function firstInvalidLine(chunk: Uint8Array): number {
  const text = new TextDecoder("utf-8").decode(chunk);
  const bad = text.indexOf("\ufffd");
  return (bad === -1 ? text : text.slice(0, bad)).split("\n").length - 1;
}

const SIGNATURES: readonly [bytes: readonly number[], kind: string][] = [
  [[0x50, 0x4b, 0x03, 0x04], "a zip archive or an Excel workbook"],
  [[0x1f, 0x8b], "gzip-compressed"],
  [[0x50, 0x41, 0x52, 0x31], "a Parquet file"],
  [[0xff, 0xfe], "UTF-16 text"],
  [[0xfe, 0xff], "UTF-16 text"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF"],
];

function binary(name: string, start: Uint8Array | undefined): DataSetError {
  const known = SIGNATURES.find(([bytes]) => bytes.every((byte, index) => start?.[index] === byte));
  const what = known === undefined ? "binary, not text: it holds zero bytes" : known[1];
  return new DataSetError("file_binary", `${name} is ${what}. Export the table as CSV in UTF-8.`, { name, kind: what });
}
