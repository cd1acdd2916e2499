import type { Readable } from "node:stream";
import { type Contract, type Delimiter, openCsv } from "@sagewright/contract";
import type { LabelledRow } from "./merge-rows";
import { customerDigest, mergedColumns as own } from "./merged-columns";

/** The data that an earlier run was given. */
export interface HistoryFile {
  /** For messages. */
  readonly name: string;
  /** When it was written: its rows were there by then. */
  readonly written: Date;
  readonly content: Readable;
}

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
  { name, written, content }: HistoryFile,
  { contract, dateColumn }: { contract: Contract; dateColumn: string | undefined },
): Promise<History> {
  const delimiter = contract.csv?.delimiter;
  const table = await openCsv(content, { name, ...(delimiter === undefined ? {} : { delimiter }) });
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
          [own.date]: row[own.date] || written.toISOString(),
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
