import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contract, Delimiter } from "@sagewright/contract";
import { type LabelledRow, type MergedRow, mergeRows } from "@sagewright/monitoring";
import { type Environment, uploadData } from "@sagewright/sagemaker";
import type { Session } from "../../session";
import { plural } from "../../terminal/format";
import { withoutBrokenDays } from "./broken-days";
import { type FreshSources, freshRows, own } from "./fresh-rows";
import { readHistory } from "./history";

/** How fresh rows join a training: an environment's `retraining.fresh`. */
export type FreshRules = NonNullable<Environment["retraining"]>["fresh"];

/** Rules where no environment has any. */
export const usualRules: FreshRules = { weight: 1, minimumRows: 200 };

/** What a training gets to read. */
export interface MergedData {
  /** @default absent: the data of the last run, as it was */
  readonly uri?: string;
  /** Rows by where they come from; a fresh row that counts several times is one. */
  readonly history: number;
  readonly fresh: number;
  /** Fresh and dated rows of each part; the test part begins after the validation part, which begins after what trains. */
  readonly splits?: { readonly train: number; readonly validation: number; readonly test: number };
  readonly duplicates: number;
  readonly tooOld: number;
  /** Fresh rows of days on which a column was missing. */
  readonly broken: number;
  /** What was done, for people. */
  readonly sentence: string;
}

/** What is merged. */
export interface MergeRequest extends Omit<FreshSources, "from"> {
  /** Data of the last run, `s3://BUCKET/KEY`. */
  readonly uri: string;
  readonly group: string;
  readonly rules: FreshRules;
  readonly now: Date;
}

const DAY_MS = 86_400_000;
const YEARS = 10;

/**
 * Puts what was predicted and labelled since beside the data of the last run, and stores the whole in its bucket. A customer
 * counts once a day. Dated rows are split by time: the newest are the test, so that nothing of tomorrow trains today; rows of
 * history without a date are older than all of them and train.
 */
export async function mergedData(session: Pick<Session, "clients">, request: MergeRequest): Promise<MergedData> {
  const { uri, contract, rules, now, group } = request;
  const days = rules.windowDays ?? YEARS * 366;
  const from = new Date(now.getTime() - days * DAY_MS).toISOString();
  const { rows: fresh, broken } = withoutBrokenDays(await freshRows({ ...request, from }), contract);
  if (fresh.length < rules.minimumRows)
    return asItWas(
      `${plural(fresh.length, "prediction")} with a label ${fresh.length === 1 ? "is" : "are"} fewer than the ${rules.minimumRows} that make a difference`,
      fresh.length,
    );
  const history = await readHistory(session.clients, { uri, contract, dateColumn: rules.dateColumn });
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
  const oldest = rules.windowDays === undefined ? "" : from;
  const undated = history.undated.filter((row) => (row[own.date] ?? "") >= oldest);
  const rows = [
    ...undated.map((row) => ({ ...row, [own.split]: "train" })),
    ...merged.rows.flatMap(({ row, split, weight }) =>
      new Array<LabelledRow>(split === "train" ? weight : 1).fill({ ...row, [own.split]: split }),
    ),
  ];
  const header = [
    ...history.header.filter((name) => !Object.values<string>(own).includes(name)),
    ...Object.values(own),
  ];
  const stored = await store(session, { name: `${group}-merged.csv`, uri, text: csv(header, rows, history.delimiter) });
  const count = (part: MergedRow["split"]) => merged.rows.filter(({ split }) => split === part).length;
  const splits = { train: count("train"), validation: count("validation"), test: count("test") };
  const taken = merged.rows.filter(({ from: where }) => where === "fresh").length;
  const duplicates = daily.duplicates + merged.duplicates;
  const tooOld = merged.tooOld + history.undated.length - undated.length;
  return {
    uri: stored,
    history: undated.length + merged.rows.length - taken,
    fresh: taken,
    splits,
    duplicates,
    tooOld,
    broken,
    sentence: `${plural(undated.length + merged.rows.length - taken, "row")} of history and ${plural(taken, "fresh row")}; dated rows: ${splits.train} train, then ${splits.validation} to choose, the newest ${splits.test} to test`,
  };
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

function asItWas(because: string, fresh: number): MergedData {
  return {
    history: 0,
    fresh,
    duplicates: 0,
    tooOld: 0,
    broken: 0,
    sentence: `the data of the last run, as it was: ${because}`,
  };
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

async function store(
  { clients }: Pick<Session, "clients">,
  { name, uri, text }: { name: string; uri: string; text: string },
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-merged-"));
  try {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    const [, bucket = ""] = /^s3:\/\/([^/]+)\//.exec(uri) ?? [];
    return (await uploadData(clients, { bucket, file })).uri;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function csv(header: readonly string[], rows: readonly LabelledRow[], delimiter: Delimiter): string {
  const special = new RegExp(`["\\r\\n${delimiter === "|" ? "\\|" : delimiter}]`);
  const field = (text: string) => (special.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (fields: readonly string[]) => `${fields.map(field).join(delimiter)}\n`;
  return [line(header), ...rows.map((row) => line(header.map((name) => row[name] ?? "")))].join("");
}
