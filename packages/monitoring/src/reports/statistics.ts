import type { Contract } from "@sagewright/contract";
import type { Baseline, CategoryBaseline, NumberBaseline } from "../baseline/baseline";
import type { ColumnSummary, Summary } from "../summary/summary";
import { type InferredType, inferredType } from "./inferred-type";

/** statistics.json of Model Monitor. */
export interface ModelMonitorStatistics {
  readonly version: 0;
  readonly dataset: { readonly item_count: number };
  readonly features: readonly FeatureStatistics[];
}

/** One column; figures that need a value are left out where there is none. */
export type FeatureStatistics = { readonly name: string; readonly inferred_type: InferredType } & (
  | { readonly numerical_statistics: NumericalStatistics }
  | { readonly string_statistics: StringStatistics }
);

/** Rows with and without a value. */
export interface CommonStatistics {
  readonly num_present: number;
  /** Null, not there, or no value of the column's type. */
  readonly num_missing: number;
}

/** A numeric column. */
export interface NumericalStatistics {
  readonly common: CommonStatistics;
  readonly mean?: number;
  readonly sum?: number;
  /** Of the population. */
  readonly std_dev?: number;
  readonly min?: number;
  readonly max?: number;
  readonly distribution: { readonly kll: { readonly buckets: readonly Bucket[] } };
}

/** Values from the lower bound up to the upper one; the last bucket holds its upper bound as well. */
export interface Bucket {
  readonly lower_bound: number;
  readonly upper_bound: number;
  readonly count: number;
}

/** A column of names. */
export interface StringStatistics {
  readonly common: CommonStatistics;
  readonly distinct_count: number;
  readonly distribution: {
    readonly categorical: { readonly buckets: readonly { readonly value: string; readonly count: number }[] };
  };
}

/** The window's statistics. */
export function statisticsOf(baseline: Baseline, contract: Contract, summary: Summary): ModelMonitorStatistics {
  return {
    version: 0,
    dataset: { item_count: summary.rows },
    features: baseline.columns.map((column, index) => {
      const counts = summary.columns[index] as ColumnSummary;
      const common = commonOf(counts);
      const known = { name: column.name, inferred_type: inferredType(column, contract) };
      switch (column.type) {
        case "number":
          return { ...known, numerical_statistics: numerical(column, counts, common) };
        case "boolean":
          return { ...known, numerical_statistics: truths(counts, common) };
        default:
          return { ...known, string_statistics: named(column, counts, common) };
      }
    }),
  };
}

function commonOf({ bins, missing, absent, invalid }: ColumnSummary): CommonStatistics {
  return { num_present: bins.reduce((sum, count) => sum + count, 0), num_missing: missing + absent + invalid };
}

function numerical(column: NumberBaseline, counts: ColumnSummary, common: CommonStatistics): NumericalStatistics {
  const { num_present: rows } = common;
  if (rows === 0) return { common, distribution: { kll: { buckets: [] } } };
  const { minimum, maximum, bins } = counts;
  const shift = counts.sum / rows;
  const mean = (column.mean ?? 0) + shift;
  // Where values differ by more than numbers can be squared, there is no figure to give.
  const finite = (value: number, name: string) => (Number.isFinite(value) ? { [name]: value } : {});
  return {
    common,
    ...finite(mean, "mean"),
    ...finite(mean * rows, "sum"),
    ...finite(Math.sqrt(Math.max(0, counts.squares / rows - shift ** 2)), "std_dev"),
    min: minimum,
    max: maximum,
    distribution: { kll: { buckets: bucketsOf(column.edges, bins, minimum, maximum) } },
  };
}

/** The baseline's bins, and one each for what lies outside where something does. */
function bucketsOf(edges: readonly number[], bins: Float64Array, minimum: number, maximum: number): Bucket[] {
  const [first, last] = [edges[0] ?? minimum, edges.at(-1) ?? maximum];
  const bounds =
    edges.length === 0 ? [minimum, maximum] : [Math.min(minimum, first), ...edges, Math.max(maximum, last)];
  return Array.from(bins, (count, bin) => ({
    lower_bound: bounds[bin] ?? last,
    upper_bound: bounds[bin + 1] ?? last,
    count,
  })).filter(({ count }, bin) => count > 0 || (bin > 0 && bin < bins.length - 1));
}

function truths({ bins }: ColumnSummary, common: CommonStatistics): NumericalStatistics {
  const { num_present: rows } = common;
  const [no = 0, yes = 0] = bins;
  const buckets = [
    { lower_bound: 0, upper_bound: 0.5, count: no },
    { lower_bound: 0.5, upper_bound: 1, count: yes },
  ];
  if (rows === 0) return { common, distribution: { kll: { buckets: [] } } };
  const mean = yes / rows;
  const figures = { mean, sum: yes, std_dev: Math.sqrt(mean * (1 - mean)), min: no > 0 ? 0 : 1, max: yes > 0 ? 1 : 0 };
  return { common, ...figures, distribution: { kll: { buckets } } };
}

function named({ categories }: CategoryBaseline, { bins, names }: ColumnSummary, common: CommonStatistics) {
  const known = categories.map((value, code) => ({ value, count: bins[code] ?? 0 }));
  const others = Array.from(names, ([value, count]) => ({ value, count }));
  const buckets = [...known, ...others].filter(({ count }) => count > 0);
  return { common, distinct_count: buckets.length, distribution: { categorical: { buckets } } };
}
