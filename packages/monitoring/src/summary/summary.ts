import type { Baseline, ColumnBaseline } from "../baseline/baseline";
import type { Window } from "../window";
import { binCount } from "./bins";

/** What a window's values of a column add up to. */
export interface ColumnSummary {
  /** Present values by bin; see {@link binCount}. */
  readonly bins: Float64Array;
  /** Rows whose value is null. */
  missing: number;
  /** Rows that have no such field. */
  absent: number;
  /** NaN, infinities, and what is of another type. */
  invalid: number;
  /** Outside the contract's range; also in the bins. */
  below: number;
  above: number;
  /** Sum of the differences from the baseline's mean, and of their squares. */
  sum: number;
  squares: number;
  minimum: number;
  maximum: number;
  /** Values outside the categories, up to {@link MOST_NAMES} of them. */
  readonly names: Map<string, number>;
}

/** Bins of the columns of one segment. */
export interface SegmentSummary {
  rows: number;
  /** In the order of the baseline's columns; the last bin is what was missing. */
  readonly columns: readonly Float64Array[];
}

/** Rows of one model version. */
export interface ModelSummary {
  rows: number;
  /** Event times, ISO 8601. */
  first: string;
  last: string;
}

/** Captured predictions of a window as sums: any two of the same baseline add up to one. */
export interface Summary {
  /** SHA-256 of the baseline whose bins these are. */
  readonly baseline: string;
  window: Window;
  rows: number;
  /** In the order of the baseline's columns. */
  readonly columns: readonly ColumnSummary[];
  readonly score: ColumnSummary;
  /** Rows that were decided to be positive, of those that carry a decision. */
  positives: number;
  decided: number;
  /** Answer times by bucket; see `latency.ts`. */
  readonly latency: Float64Array;
  /** Sums of products of rank scores, upper triangle. Empty when the baseline has no relations. */
  readonly relations: Float64Array;
  /** In the order of the baseline's segments. */
  readonly segments: readonly SegmentSummary[];
  readonly models: Map<string, ModelSummary>;
  /** Fields that are no column of the contract. */
  readonly unknown: Map<string, number>;
  /** What is not in the figures. */
  readonly left: LeftOut;
  /** Names of the files whose records are in it. */
  readonly sources: Set<string>;
}

/** Records that are not in the figures, and records that are with a remark. */
export interface LeftOut {
  /** Seen before, by event id. */
  duplicates: number;
  /** Came when their hour was closed. */
  late: number;
  /** In the figures, at the time of arrival: their own time was in the future. */
  skewed: number;
  /** In the figures, but not held against other ids: there were more than the set takes. */
  unchecked: number;
  /** Lines that are no record, by reason. */
  readonly refused: Map<string, number>;
}

/** Names of new categories and unknown fields that are kept; the others are counted under `…`. */
export const MOST_NAMES = 50;

/** Where names beyond {@link MOST_NAMES} are counted. */
export const OTHER_NAMES = "…";

/** Buckets of answer times. */
export const LATENCY_BUCKETS = 64;

/** A summary of nothing. */
export function emptySummary(baseline: Baseline, window: Window): Summary {
  const pairs = baseline.relations?.correlations.length ?? 0;
  return {
    baseline: baseline.sha256,
    window,
    rows: 0,
    columns: baseline.columns.map((column) => emptyColumn(binCount(column))),
    score: emptyColumn(baseline.score.counts.length + 2),
    positives: 0,
    decided: 0,
    latency: new Float64Array(LATENCY_BUCKETS),
    relations: new Float64Array(pairs),
    segments: baseline.segments.map(() => emptySegment(baseline.columns)),
    models: new Map(),
    unknown: new Map(),
    left: { duplicates: 0, late: 0, skewed: 0, unchecked: 0, refused: new Map() },
    sources: new Set(),
  };
}

/** Counts a name, of which only so many are kept. */
export function countName(names: Map<string, number>, name: string, times = 1): void {
  const known = names.get(name);
  if (known !== undefined) names.set(name, known + times);
  else if (names.size < MOST_NAMES) names.set(name.slice(0, LONGEST_NAME), times);
  else names.set(OTHER_NAMES, (names.get(OTHER_NAMES) ?? 0) + times);
}

const LONGEST_NAME = 100;

function emptyColumn(bins: number): ColumnSummary {
  return {
    bins: new Float64Array(bins),
    missing: 0,
    absent: 0,
    invalid: 0,
    below: 0,
    above: 0,
    sum: 0,
    squares: 0,
    minimum: Number.POSITIVE_INFINITY,
    maximum: Number.NEGATIVE_INFINITY,
    names: new Map(),
  };
}

function emptySegment(columns: readonly ColumnBaseline[]): SegmentSummary {
  return { rows: 0, columns: columns.map((column) => new Float64Array(binCount(column) + 1)) };
}
