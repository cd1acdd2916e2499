import type { Baseline } from "../baseline/baseline";
import { baselineBins, INVALID } from "./bins";
import type { Summary } from "./summary";

/**
 * Scores in whole numbers, so that sums of products are exact and do not depend on the order of adding. The Python side
 * computes the same scores of the same counts.
 */
export const RANK_SCALE = 1_000;

/** Rank scores by bin, one table for each column of the relations. */
export interface RankScores {
  /** Indices of the relations' columns among the baseline's. */
  readonly columns: readonly number[];
  readonly tables: readonly Float64Array[];
}

/**
 * The score of a bin is its middle rank in the training data, from -1 to 1, times {@link RANK_SCALE}. What is missing,
 * or a category that training did not know, scores 0. Categories are ranked in the contract's order: it does not matter
 * which, as long as it stays.
 */
export function rankScores(baseline: Baseline): RankScores {
  const names = baseline.relations?.columns ?? [];
  const columns = names.map((name) => baseline.columns.findIndex((column) => column.name === name));
  return {
    columns,
    tables: columns.map((index) => {
      const column = baseline.columns[index];
      if (column === undefined) return new Float64Array();
      const bins = baselineBins(column);
      const known = column.type === "number" ? bins : bins.slice(0, -1);
      const scores = middleRanks(known);
      return Float64Array.from(bins, (_, bin) => (bin < known.length ? (scores[bin] ?? 0) : 0));
    }),
  };
}

/** Middle ranks of bins from -1 to 1, in thousandths. */
export function middleRanks(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let before = 0;
  return counts.map((count) => {
    const middle = total === 0 ? 0.5 : (before + count / 2) / total;
    before += count;
    // Half away from zero is what neither language's own rounding does on both sides; this floor is the same in both.
    return Math.floor((2 * middle - 1) * RANK_SCALE + 0.5);
  });
}

/**
 * Adds the products of a block of rows to a summary.
 *
 * @param scratch - a place for the block's scores, {@link scoreScratch}
 */
export function addRelations(
  summary: Summary,
  { columns, tables }: RankScores,
  { codes, rows }: { readonly codes: readonly Uint16Array[]; readonly rows: number },
  scratch: Float64Array,
): void {
  const stride = scratch.length / Math.max(1, columns.length);
  columns.forEach((column, at) => {
    const [found, table] = [codes[column], tables[at]];
    if (found === undefined || table === undefined) return;
    const from = at * stride;
    for (let row = 0; row < rows; row += 1) {
      const code = found[row] as number;
      scratch[from + row] = code >= INVALID ? 0 : (table[code] as number);
    }
  });
  let pair = 0;
  for (let one = 0; one < columns.length; one += 1) {
    let other = one + 1;
    for (; other + 3 < columns.length; other += 4, pair += 4)
      addFour(summary.relations, pair, scratch, one * stride, other * stride, stride, rows);
    for (; other < columns.length; other += 1, pair += 1)
      addOne(summary.relations, pair, scratch, one * stride, other * stride, rows);
  }
}

/** Room for the scores of a block of so many rows. */
export function scoreScratch({ columns }: RankScores, rows: number): Float64Array {
  return new Float64Array(columns.length * rows);
}

/** Four columns at once with the same one: its scores are loaded once, and four sums do not wait for each other. */
function addFour(
  sums: Float64Array,
  pair: number,
  scores: Float64Array,
  one: number,
  other: number,
  stride: number,
  rows: number,
): void {
  let [a, b, c, d] = [0, 0, 0, 0];
  const [second, third, fourth] = [other + stride, other + 2 * stride, other + 3 * stride];
  for (let row = 0; row < rows; row += 1) {
    const score = scores[one + row] as number;
    a += score * (scores[other + row] as number);
    b += score * (scores[second + row] as number);
    c += score * (scores[third + row] as number);
    d += score * (scores[fourth + row] as number);
  }
  sums[pair] = (sums[pair] as number) + a;
  sums[pair + 1] = (sums[pair + 1] as number) + b;
  sums[pair + 2] = (sums[pair + 2] as number) + c;
  sums[pair + 3] = (sums[pair + 3] as number) + d;
}

function addOne(
  sums: Float64Array,
  pair: number,
  scores: Float64Array,
  one: number,
  other: number,
  rows: number,
): void {
  let sum = 0;
  for (let row = 0; row < rows; row += 1) sum += (scores[one + row] as number) * (scores[other + row] as number);
  sums[pair] = (sums[pair] as number) + sum;
}
