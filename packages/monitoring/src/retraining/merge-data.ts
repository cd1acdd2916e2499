import type { Contract } from "@sagewright/contract";
import { counted } from "../drift/words";
import { withoutBrokenDays } from "./broken-days";
import { type FreshSources, freshRows } from "./fresh-rows";
import { type HistoryFile, readHistory } from "./history";
import { type LabelledRow, type MergedRow, mergeRows } from "./merge-rows";
import { mergedColumns as own } from "./merged-columns";
import { csvText } from "./merged-csv";

/** How fresh rows join a training: an environment's `retraining.fresh`. */
export interface FreshRules {
  /** How much a fresh row counts in training beside one of history; above 0. */
  readonly weight: number;
  /** Fewer fresh rows than this change nothing. */
  readonly minimumRows: number;
  /** Rows older than this are left out. @default none is */
  readonly windowDays?: number | undefined;
  /** Column of history with the day of a row. @default history has no days */
  readonly dateColumn?: string | undefined;
}

/** Rules where no environment has any. */
export const usualFreshRules: FreshRules = { weight: 1, minimumRows: 200 };

/** What merging came to. */
export interface MergeSummary {
  /** Rows by where they come from. */
  readonly history: number;
  readonly fresh: number;
  /** Fresh and dated rows of each part; the test part begins after the validation part, which begins after what trains. */
  readonly splits?: { readonly train: number; readonly validation: number; readonly test: number };
  readonly duplicates: number;
  readonly tooOld: number;
  /** Fresh rows of days on which a column was missing. */
  readonly broken: number;
  /** Fresh rows whose label says no customer: each counts by itself. */
  readonly unnamed: number;
  /** What was done, for people. */
  readonly sentence: string;
}

/** A merged data set, or none where the data stays as it was. */
export interface Merge {
  readonly summary: MergeSummary;
  /** The data set as CSV, in pieces. @default absent: the data of the last run, as it was */
  readonly csv?: Iterable<string>;
}

/** What is merged. */
export interface MergeRequest extends Omit<FreshSources, "from"> {
  /** Opens the data of the last run; called when there is something to put beside it. */
  history(): Promise<HistoryFile>;
  readonly rules: FreshRules;
  readonly now: Date;
  /** Captures and labels of hours before that many days are not read. @default those of ten years */
  readonly readDays?: number;
}

const DAY_MS = 86_400_000;
const YEARS = 10;

/**
 * Puts what was predicted and labelled since beside the data of the last run. A customer counts once a day. Dated rows are split by
 * time: the newest are the test, so that nothing of tomorrow trains today; rows of history without a date are older than all of them
 * and train. Holds all rows in memory.
 */
export async function mergeData(request: MergeRequest): Promise<Merge> {
  const { contract, rules, now, readDays = YEARS * 366 } = request;
  const days = Math.min(rules.windowDays ?? readDays, readDays);
  const from = new Date(now.getTime() - days * DAY_MS).toISOString();
  const { rows, unnamed } = await freshRows({ ...request, from });
  const { rows: fresh, broken } = withoutBrokenDays(rows, contract);
  if (fresh.length < rules.minimumRows)
    return asItWas(
      `${counted(fresh.length, "prediction")} with a label ${fresh.length === 1 ? "is" : "are"} fewer than the ${rules.minimumRows} that make a difference`,
      fresh.length,
    );
  const history = await readHistory(await request.history(), { contract, dateColumn: rules.dateColumn });
  const daily = oncePerDay(history.dated, fresh);
  const merged = mergeRows(daily.history, daily.fresh, {
    rules: {
      customer: own.row,
      date: own.date,
      freshWeight: rules.weight,
      ...(rules.windowDays === undefined ? {} : { windowDays: rules.windowDays }),
    },
    now,
  });
  const lacking = lackingPart(merged.rows, contract);
  if (lacking !== undefined) return asItWas(lacking, fresh.length);
  const oldest =
    rules.windowDays === undefined ? "" : new Date(now.getTime() - rules.windowDays * DAY_MS).toISOString();
  const undated = history.undated.filter((row) => (row[own.date] ?? "") >= oldest);
  const columns = Object.values<string>(own);
  const header = [
    ...history.header.filter((name) => !columns.includes(name)),
    ...columns.filter((name) => name !== own.weight || rules.weight !== 1),
  ];
  const count = (part: MergedRow["split"]) => merged.rows.filter(({ split }) => split === part).length;
  const splits = { train: count("train"), validation: count("validation"), test: count("test") };
  const taken = merged.rows.filter(({ from: where }) => where === "fresh").length;
  const known = undated.length + merged.rows.length - taken;
  return {
    csv: csvText(header, partsOf(undated, merged.rows), history.delimiter),
    summary: {
      history: known,
      fresh: taken,
      splits,
      duplicates: daily.duplicates + merged.duplicates,
      tooOld: merged.tooOld + history.undated.length - undated.length,
      broken,
      unnamed,
      sentence: `${counted(known, "row")} of history and ${counted(taken, "fresh row")}; dated rows: ${splits.train} train, then ${splits.validation} to choose, the newest ${splits.test} to test${unnamedWords(unnamed)}`,
    },
  };
}

/** No data set, and why. */
export function asItWas(because: string, fresh = 0): Merge {
  const sentence = `the data of the last run, as it was: ${because}`;
  return { summary: { history: 0, fresh, duplicates: 0, tooOld: 0, broken: 0, unnamed: 0, sentence } };
}

function unnamedWords(unnamed: number): string {
  if (unnamed === 0) return "";
  return `; ${counted(unnamed, "label")} ${unnamed === 1 ? "names" : "name"} no customer, and each counts by itself`;
}

/** Rows as a training reads them. */
function* partsOf(undated: readonly LabelledRow[], dated: readonly MergedRow[]): Generator<LabelledRow> {
  for (const row of undated) yield { ...row, [own.split]: "train", [own.weight]: "1" };
  // What chooses and what tests is as it happened.
  for (const { row, split, weight } of dated)
    yield { ...row, [own.split]: split, [own.weight]: split === "train" ? String(weight) : "1" };
}

/** A customer counts once a day: the fresh row, and of several the one given last. */
function oncePerDay(history: readonly LabelledRow[], fresh: readonly LabelledRow[]) {
  const kept = new Map<string, { readonly row: LabelledRow; readonly isFresh: boolean }>();
  const add = (rows: readonly LabelledRow[], isFresh: boolean) => {
    for (const row of rows) kept.set(JSON.stringify([row[own.row], row[own.date]?.slice(0, 10)]), { row, isFresh });
  };
  add(history, false);
  add(fresh, true);
  const of = (wanted: boolean) => [...kept.values()].filter(({ isFresh }) => isFresh === wanted).map(({ row }) => row);
  return { history: of(false), fresh: of(true), duplicates: history.length + fresh.length - kept.size };
}

/** Why a part of dated rows cannot be judged by. */
function lackingPart(rows: readonly MergedRow[], { target }: Contract): string | undefined {
  for (const part of ["train", "validation", "test"] as const) {
    const outcomes = new Set(rows.filter(({ split }) => split === part).map(({ row }) => row[target.column]));
    if (outcomes.size < 2)
      return `the ${part} part of the fresh rows would have ${outcomes.size === 0 ? "no row" : "one outcome only"}`;
  }
  return undefined;
}
