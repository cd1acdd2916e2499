import { Problem } from "../app/problem";
import type { StreamedRow } from "./streamed-row";

const LINE_FEED = 10;

/** A longer line is refused without being kept. */
const LONGEST_LINE_BYTES = 64 * 1024;

/**
 * Splits newline-delimited JSON into rows; blank lines are none. Holds one line at most, however the bytes arrive.
 *
 * @param parse what makes a row of a line's bytes; what it throws is the row's own problem
 */
export async function* ndjsonRows(
  bytes: AsyncIterable<Uint8Array>,
  parse: (line: Uint8Array) => unknown,
): AsyncGenerator<StreamedRow> {
  let kept: Uint8Array[] = [];
  let size = 0;
  let line = 1;
  const take = (rest: Uint8Array): StreamedRow | undefined => {
    const whole = kept.length === 0 ? rest : Buffer.concat([...kept, rest]);
    const tooLong = size + rest.length > LONGEST_LINE_BYTES;
    kept = [];
    size = 0;
    if (tooLong) return { line, problem: tooLongLine(line) };
    if (isBlank(whole)) return undefined;
    try {
      return { line, row: parse(whole) };
    } catch (problem) {
      if (problem instanceof Problem) return { line, problem };
      throw problem;
    }
  };
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const row = take(chunk.subarray(start, end));
      if (row !== undefined) yield row;
      line += 1;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    size += rest.length;
    // Of a line that is too long only its length is remembered.
    if (size > LONGEST_LINE_BYTES) kept = [];
    else if (rest.length > 0) kept.push(rest);
  }
  const last = take(new Uint8Array(0));
  if (last !== undefined) yield last;
}

function tooLongLine(line: number): Problem {
  return new Problem(
    "line_too_long",
    `Line ${line} is longer than ${LONGEST_LINE_BYTES} bytes. Send one row per line.`,
  );
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 32 || byte === 9 || byte === 13);
}
