import type { CaptureColumn, CaptureTable, CaptureValue } from "@sagewright/serving";
import { ParquetFrame, RowGroupEncoder } from "../scoring/parquet-writer";
import type { PassedColumn } from "../scoring/plan";

/** A table's rows as CSV with a header. */
export async function* csvOf({ columns, rows }: CaptureTable): AsyncGenerator<string> {
  yield csvLine(columns.map(({ name }) => name));
  for await (const row of rows()) yield csvLine(row);
}

function csvLine(values: readonly CaptureValue[]): string {
  return `${values.map((value) => csvField(value === null ? "" : String(value))).join(",")}\n`;
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows of one row group; so many are held in memory at once. */
const GROUP_ROWS = 10_000;

/** A table's rows as a Parquet file: numbers are doubles, and every column may be null. */
export async function* parquetOf({ columns, rows }: CaptureTable): AsyncGenerator<Uint8Array> {
  const layout = { passed: columns.map(passedColumn), scores: [] };
  const writer = await import("hyparquet-writer");
  const frame = new ParquetFrame(writer, layout);
  const encoder = new RowGroupEncoder(writer, layout);
  yield frame.head();
  let group: CaptureValue[][] = columns.map(() => []);
  let count = 0;
  const encoded = (): Uint8Array => {
    const made = encoder.encode(group);
    frame.add(made);
    group = columns.map(() => []);
    count = 0;
    return made.bytes;
  };
  for await (const row of rows()) {
    for (const [index, value] of row.entries()) group[index]?.push(value);
    count += 1;
    if (count === GROUP_ROWS) yield encoded();
  }
  if (count > 0) yield encoded();
  yield frame.finish();
}

function passedColumn({ name, type }: CaptureColumn): PassedColumn {
  return { name, type: type === "string" ? "text" : type };
}
