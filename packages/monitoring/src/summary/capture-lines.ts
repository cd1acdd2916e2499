import { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { createGunzip } from "node:zlib";

/** A line of a capture file. */
export interface CaptureLine {
  readonly text: string;
  /** False when the line is longer than any record, and `text` only its beginning. */
  readonly whole: boolean;
}

const BYTE_ORDER_MARK = "\uFEFF";

/** No record is longer; what is longer is damage, and must not fill the memory. */
const LONGEST = 4 * 1024 * 1024;

/**
 * The lines of a capture file, plain or gzip, whatever its name. A file that is cut off gives what is whole before the cut,
 * and the cut line as it is; a gzip file that is cut off or damaged gives what could be unpacked.
 *
 * @param damaged - is told once when a gzip file ends too early
 */
export async function* captureLines(
  chunks: AsyncIterable<Uint8Array>,
  damaged: (error: Error) => void = () => undefined,
): AsyncGenerator<CaptureLine> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let cut = false;
  const take = (text: string): CaptureLine => {
    const line = { text: rest + text, whole: !cut };
    rest = "";
    cut = false;
    return line;
  };
  let first = true;
  for await (const chunk of unpacked(chunks, damaged)) {
    const text = decoder.write(chunk);
    // What came through an editor of Windows begins with a mark that is no part of the first record.
    let start = first && text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
    first &&= text === "";
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      yield take(cut ? "" : text.slice(start, end));
      start = end + 1;
    }
    if (!cut) rest += text.slice(start);
    cut ||= rest.length > LONGEST;
  }
  if (rest !== "") yield take("");
}

async function* unpacked(chunks: AsyncIterable<Uint8Array>, damaged: (error: Error) => void): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let ended = false;
  while (head.length < 2 && !ended) {
    const { value, done } = await source.next();
    if (done === true) ended = true;
    else head = Buffer.concat([head, value]);
  }
  const rest = async function* (): AsyncGenerator<Buffer> {
    yield head;
    for (let next = await source.next(); next.done !== true; next = await source.next()) yield Buffer.from(next.value);
  };
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* rest();
    return;
  }
  const input = Readable.from(rest());
  const gunzip = createGunzip();
  // An error of the source must reach the reader as its own, not as a damaged archive.
  let failed: Error | undefined;
  input.on("error", (error) => {
    failed = error;
    gunzip.destroy(error);
  });
  try {
    for await (const chunk of input.pipe(gunzip)) yield chunk as Buffer;
  } catch (error) {
    if (failed !== undefined) throw failed;
    damaged(error as Error);
  }
}
