import { boolean, type Contract, category, defineContract, number } from "@sagewright/contract";
import { uniform } from "../../../../test/support/random";
import type { ColumnBatch } from "../../src";
import { normal } from "./random";

// Taken once: within Jest each look at a global object costs more than the function.
const { exp, floor, log, sqrt } = Math;

/**
 * Twenty features: ten normal, two of them related and one with missing values; three skewed, one of them a count; five
 * categories, one with missing values; two flags, one of them rare.
 */
export const population: Contract = defineContract({
  name: "population",
  target: { column: "churn", positive: "yes", negative: "no" },
  segments: ["flag0"],
  columns: {
    ...Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`normal${at}`, number()])),
    ...Object.fromEntries(["skewed0", "skewed1", "count"].map((name) => [name, number()])),
    ...Object.fromEntries([2, 3, 5, 10, 50].map((size) => [`category${size}`, category(names(size))])),
    ...Object.fromEntries(["flag0", "flag1"].map((name) => [name, boolean({ true: "yes", false: "no" })])),
  },
});

/** How a window differs from training. */
export interface Change {
  /** Standard deviations by which `normal0` moves. */
  readonly shift?: number;
  /** Share of the second category of `category5`; training has 0.1. */
  readonly share?: number;
  /** Correlation of `normal1` and `normal2`; training has 0.6. */
  readonly correlation?: number;
  /** How `flag0` goes with `normal3`, as the correlation behind it; neither changes by itself. Training has 0. */
  readonly within?: number;
}

/** What a standard normal number exceeds in 30 % of cases. */
const FLAGGED_FROM = 0.524_400_5;

/** Shares of rows without a value. */
const MISSING = { normal9: 0.05, category10: 0.03 };

const SHARES: Readonly<Record<string, readonly number[]>> = {
  category2: [0.7, 0.3],
  category3: [0.5, 0.3, 0.2],
  category5: [0.6, 0.1, 0.1, 0.1, 0.1],
  category10: Array.from({ length: 10 }, () => 0.1),
  category50: Array.from({ length: 50 }, (_, at) => (50 - at) / 1275),
};

/** Rows of the population, in columns. */
export function sample(
  rows: number,
  seed: number,
  { shift = 0, share = 0.1, correlation = 0.6, within = 0 }: Change = {},
): ColumnBatch {
  const random = uniform(seed);
  const gauss = normal(random);
  const fill = (value: () => number): Float64Array => Float64Array.from({ length: rows }, value);
  const columns: Record<string, ColumnBatch["columns"][string]> = {};
  for (let at = 0; at < 10; at += 1) columns[`normal${at}`] = fill(gauss);
  const [first, second] = [columns.normal1 as Float64Array, columns.normal2 as Float64Array];
  const rest = sqrt(1 - correlation ** 2);
  for (let row = 0; row < rows; row += 1)
    second[row] = correlation * (first[row] as number) + rest * (second[row] as number);
  const moved = columns.normal0 as Float64Array;
  for (let row = 0; row < rows; row += 1) moved[row] = (moved[row] as number) + shift;
  for (const name of ["skewed0", "skewed1"]) columns[name] = fill(() => exp(gauss()));
  columns.count = fill(() => floor(-1.5 * log(1 - random())));
  for (const [name, training] of Object.entries(SHARES)) {
    const shares = name === "category5" ? [0.7 - share, share, 0.1, 0.1, 0.1] : training;
    columns[name] = {
      categories: names(shares.length),
      codes: Int32Array.from({ length: rows }, () => pick(shares, random())),
    };
  }
  const driver = columns.normal3 as Float64Array;
  const free = sqrt(1 - within ** 2);
  columns.flag0 = Float64Array.from(driver, (value) => Number(within * value + free * gauss() > FLAGGED_FROM));
  columns.flag1 = fill(() => Number(random() < 0.02));
  const holed = columns.normal9 as Float64Array;
  const named = columns.category10 as { readonly codes: Int32Array };
  for (let row = 0; row < rows; row += 1) {
    if (random() < MISSING.normal9) holed[row] = Number.NaN;
    if (random() < MISSING.category10) named.codes[row] = -1;
  }
  const score = fill(() => 1 / (1 + exp(1.5 - gauss())));
  return { rows, columns, score, modelVersion: "1", at: "2026-01-05T00:00:00.000Z" };
}

function pick(shares: readonly number[], at: number): number {
  let sum = 0;
  for (let index = 0; index < shares.length - 1; index += 1) {
    sum += shares[index] ?? 0;
    if (at < sum) return index;
  }
  return shares.length - 1;
}

function names(size: number): [string, ...string[]] {
  return Array.from({ length: size }, (_, at) => `c${at}`) as [string, ...string[]];
}
