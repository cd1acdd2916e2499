import type { Readable } from "node:stream";
import { openCsv } from "@sagewright/contract";

/** The rows of a CSV, by the names of its columns. */
export async function csvRows(body: Readable): Promise<Record<string, string>[]> {
  const { header, batches } = await openCsv(body);
  const rows: Record<string, string>[] = [];
  for await (const records of batches)
    for (const { fields } of records)
      rows.push(Object.fromEntries(header.map((name, index) => [name, fields[index] ?? ""])));
  return rows;
}
