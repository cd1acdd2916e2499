import type { Readable } from "node:stream";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { type Contract, type Delimiter, openCsv } from "@sagewright/contract";
import type { LabelledRow } from "@sagewright/monitoring";
import type { Clients } from "@sagewright/sagemaker";
import { customerDigest, own } from "./fresh-rows";

/** The data of an earlier run. */
export interface History {
  readonly header: readonly string[];
  readonly delimiter: Delimiter;
  /** Rows whose day is known. */
  readonly dated: readonly LabelledRow[];
  /** Rows of which only the day is known on which they were there at the latest: fresh rows came later. */
  readonly undated: readonly LabelledRow[];
}

/** Reads the data set that a run was given. A merged one knows the days of what was fresh in it. */
export async function readHistory(
  { s3 }: Pick<Clients, "s3">,
  { uri, contract, dateColumn }: { uri: string; contract: Contract; dateColumn: string | undefined },
): Promise<History> {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const { Body, LastModified = new Date(0) } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const delimiter = contract.csv?.delimiter;
  const table = await openCsv(Body as Readable, { name: uri, ...(delimiter === undefined ? {} : { delimiter }) });
  const { header, batches } = table;
  const dated: LabelledRow[] = [];
  const undated: LabelledRow[] = [];
  for await (const records of batches) {
    for (const { fields } of records) {
      if (fields.length === 1 && fields[0] === "") continue;
      const row = Object.fromEntries(header.map((name, index) => [name, fields[index] ?? ""]));
      const moment = momentOf(row, dateColumn);
      if (moment === undefined)
        undated.push({
          ...row,
          [own.date]: row[own.date] || LastModified.toISOString(),
          [own.source]: "history",
        });
      else
        dated.push({
          ...row,
          [own.row]: rowName(row, contract, dated.length),
          [own.date]: moment,
          [own.source]: sourceOf(row),
        });
    }
  }
  return { header, delimiter: table.delimiter, dated, undated };
}

function sourceOf(row: LabelledRow): string {
  return row[own.source] === "fresh" ? "fresh" : "history";
}

function momentOf(row: LabelledRow, dateColumn: string | undefined): string | undefined {
  const isFresh = sourceOf(row) === "fresh";
  const text = isFresh ? (row[own.date] ?? "") : dateColumn === undefined ? "" : (row[dateColumn] ?? "");
  const moment = text.trim() === "" ? Number.NaN : Date.parse(text);
  return Number.isNaN(moment) ? undefined : new Date(moment).toISOString();
}

/** Rows without an id are different customers. */
function rowName(row: LabelledRow, { id, missing }: Contract, index: number): string {
  if (row[own.row] !== undefined && row[own.row] !== "") return row[own.row] ?? "";
  const ids = id.map((name) => (row[name] ?? "").trim());
  return ids.length === 0 || ids.every((text) => missing.includes(text)) ? `row-${index}` : customerDigest(...ids);
}
