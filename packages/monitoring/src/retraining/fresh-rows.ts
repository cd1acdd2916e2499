import type { Column, Contract } from "@sagewright/contract";
import { readLabels } from "../performance/ground-truth";
import { captureLines } from "../summary/capture-lines";
import { captureParser } from "../summary/captured-prediction";
import type { RecordFiles } from "../summary/record-files";
import type { LabelledRow } from "./merge-rows";
import { mergedColumns as own } from "./merged-columns";

/** Where fresh rows come from. */
export interface FreshSources {
  readonly captures: RecordFiles;
  /** What really happened. */
  readonly groundTruth: RecordFiles;
  /** Predictions before this moment are not looked at, ISO 8601. */
  readonly from: string;
  readonly contract: Contract;
}

/** What was predicted and labelled since. */
export interface FreshRows {
  /** As a training reads them. Oldest file first. */
  readonly rows: readonly LabelledRow[];
  /** How many of them have a label that says no customer: each counts by itself. */
  readonly unnamed: number;
}

/** Predictions whose outcome is known; in memory, as their merging is. */
export async function freshRows({ captures, groundTruth, from, contract }: FreshSources): Promise<FreshRows> {
  const task = contract.target.kind === "regression" ? "regression" : "binary";
  const { labels } = await readLabels(groundTruth, { since: from, task });
  const known = new Map(labels.map((label) => [label.eventId, label]));
  if (known.size === 0) return { rows: [], unnamed: 0 };
  const parse = captureParser(contract);
  const rows: LabelledRow[] = [];
  let unnamed = 0;
  for (const file of await captures(from)) {
    for await (const { text, whole } of captureLines(await file.read())) {
      const prediction = whole && text.trim() !== "" ? parse(text) : "not_json";
      if (typeof prediction === "string" || prediction.at < from) continue;
      const label = known.get(prediction.eventId);
      if (label === undefined || !contract.columns.some(({ name }) => Object.hasOwn(prediction.input, name))) continue;
      if (label.customer === undefined) unnamed += 1;
      rows.push({
        ...textsOf(contract, prediction.input, label.outcome),
        [own.row]: label.customer ?? prediction.eventId,
        [own.date]: prediction.at,
        [own.source]: "fresh",
      });
    }
  }
  return { rows, unnamed };
}

/** A row as the data set would have it: features and target as the contract writes them, ids unknown. */
function textsOf(contract: Contract, input: Readonly<Record<string, unknown>>, outcome: number): LabelledRow {
  const [missing = ""] = contract.missing.includes("") ? [""] : contract.missing;
  const { target } = contract;
  const ids = contract.id.map((name) => [name, missing] as const);
  const features = contract.columns.map((column) => [column.name, textOf(column, input[column.name]) ?? missing]);
  const happened =
    target.kind === "regression" ? String(outcome) : ((outcome === 1 ? target.positive[0] : target.negative[0]) ?? "");
  return Object.fromEntries([...ids, ...features, [target.column, happened]]);
}

function textOf(column: Column, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (column.type !== "boolean") return String(value);
  if (value === true || value === 1) return column.true[0];
  if (value === false || value === 0) return column.false[0];
  return String(value);
}
