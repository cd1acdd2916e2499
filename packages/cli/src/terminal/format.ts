/** A duration for a person: "40 ms", "3.2 s", "1 min 05 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** A metric with three or four significant digits, as comparisons need: "0.861". */
export function metric(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 3 : 1);
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

/** A plain table: columns padded to their widest cell, two spaces between, numbers to the right. */
export function table(rows: readonly (readonly string[])[], options: { right?: readonly number[] } = {}): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const pad = (text: string, column: number) =>
    options.right?.includes(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}
