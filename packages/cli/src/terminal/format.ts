/** A duration for a person: "40 ms", "3.2 s", "1 min 05 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** A metric with three or four significant digits, as comparisons need: "0.861", "1536", "0.00042". */
export function metric(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && size < 0.01) return String(Number(value.toPrecision(3)));
  if (size < 10) return value.toFixed(3);
  return size < 1000 ? value.toFixed(1) : String(Math.round(value));
}

/** A share as a percentage: 0.1234 → "12.3 %". */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A count with thin grouping: 12345 → "12,345". */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** "1 row", "2 rows". */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A moment as people write it, in local time: "2026-11-21 08:52:49". */
export function moment(at: Date | undefined): string {
  if (at === undefined) return "";
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** A plain table: columns padded to their widest cell, two spaces between, numbers to the right. */
export function table(rows: readonly (readonly string[])[], options: { right?: readonly number[] } = {}): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const pad = (text: string, column: number) =>
    options.right?.includes(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}
