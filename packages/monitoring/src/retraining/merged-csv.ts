import type { Delimiter } from "@sagewright/contract";
import type { LabelledRow } from "./merge-rows";

/** Rows as CSV, in pieces of about 64 KiB, so that a large data set is never one text. May be walked through once. */
export function* csvText(
  header: readonly string[],
  rows: Iterable<LabelledRow>,
  delimiter: Delimiter,
): Generator<string> {
  const special = new RegExp(`["\\r\\n${delimiter === "|" ? "\\|" : delimiter}]`);
  const field = (text: string) => (special.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (fields: readonly string[]) => `${fields.map(field).join(delimiter)}\n`;
  let piece = line(header);
  for (const row of rows) {
    piece += line(header.map((name) => row[name] ?? ""));
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

const PIECE = 64 * 1024;
