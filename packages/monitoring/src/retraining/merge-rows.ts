/** A labelled row on its way into a training, with all of its columns as text. */
export type LabelledRow = Readonly<Record<string, string>>;

/** How history and fresh rows become one data set. */
export interface MergeRules {
  /** Columns that name the customer, and the moment the row describes (ISO 8601). */
  readonly customer: string;
  readonly date: string;
  /** Rows older than this are left out. @default history is kept as a whole */
  readonly windowDays?: number;
  /** Weight of a fresh row beside one of history. @default 1 */
  readonly freshWeight?: number;
  /** The newest share of rows is for testing, the share before it for validation. @default 0.15 each */
  readonly testShare?: number;
  readonly validationShare?: number;
}

/** A row with its part in the training. */
export interface MergedRow {
  readonly row: LabelledRow;
  readonly split: "train" | "validation" | "test";
  readonly weight: number;
  readonly from: "history" | "fresh";
}

/** What was merged, and what was left out. */
export interface MergedRows {
  /** Oldest first. */
  readonly rows: readonly MergedRow[];
  readonly duplicates: number;
  readonly tooOld: number;
  readonly fromTheFuture: number;
  readonly undated: number;
  /** Ends of the training and of the validation part: every test row is at or after the second. */
  readonly boundaries: { readonly validation?: string; readonly test?: string };
}

const DAY_MS = 24 * 60 * 60_000;

/**
 * History and fresh labelled rows as one data set: a customer counts once for each date, where the fresh row wins, and of two
 * fresh ones the later given. The split follows time, so that nothing of tomorrow trains today: rows of one moment are never
 * divided between two parts. Pure; holds all rows in memory.
 */
export function mergeRows(
  history: Iterable<LabelledRow>,
  fresh: Iterable<LabelledRow>,
  { rules, now }: { readonly rules: MergeRules; readonly now: Date },
): MergedRows {
  const kept = new Map<string, Dated>();
  const left = { duplicates: 0, tooOld: 0, fromTheFuture: 0, undated: 0 };
  const oldest = rules.windowDays === undefined ? Number.NEGATIVE_INFINITY : now.getTime() - rules.windowDays * DAY_MS;
  const add = (row: LabelledRow, from: MergedRow["from"]) => {
    const time = Date.parse(row[rules.date] ?? "");
    if (Number.isNaN(time)) left.undated += 1;
    else if (time > now.getTime()) left.fromTheFuture += 1;
    else if (time < oldest) left.tooOld += 1;
    else {
      const key = JSON.stringify([row[rules.customer] ?? "", time]);
      if (kept.has(key)) left.duplicates += 1;
      kept.set(key, { row, from, time });
    }
  };
  for (const row of history) add(row, "history");
  for (const row of fresh) add(row, "fresh");
  const ordered = [...kept.values()].sort((a, b) => a.time - b.time);
  const boundaries = boundariesOf(ordered, rules);
  const text = (time: number) => (Number.isFinite(time) ? new Date(time).toISOString() : undefined);
  const [validation, test] = [text(boundaries.validation), text(boundaries.test)];
  return {
    ...left,
    rows: ordered.map(({ row, from, time }) => ({
      row,
      from,
      split: time >= boundaries.test ? "test" : time >= boundaries.validation ? "validation" : "train",
      weight: from === "fresh" ? (rules.freshWeight ?? 1) : 1,
    })),
    boundaries: { ...(validation === undefined ? {} : { validation }), ...(test === undefined ? {} : { test }) },
  };
}

interface Dated {
  readonly row: LabelledRow;
  readonly from: MergedRow["from"];
  readonly time: number;
}

/** Moments at which the parts begin. Where too many rows are of one moment, a part begins later or is empty. */
function boundariesOf(ordered: readonly Dated[], { testShare = 0.15, validationShare = 0.15 }: MergeRules) {
  const beginning = (share: number) => {
    const at = Math.ceil(ordered.length * (1 - share));
    const time = ordered[at]?.time;
    if (time === undefined) return Number.POSITIVE_INFINITY;
    // The first moment that begins at or after the place, so that the older part gets no row of it.
    const start = ordered.findIndex((row) => row.time === time);
    return start === at ? time : (ordered.find((row) => row.time > time)?.time ?? Number.POSITIVE_INFINITY);
  };
  const test = beginning(testShare);
  return { validation: Math.min(beginning(testShare + validationShare), test), test };
}
