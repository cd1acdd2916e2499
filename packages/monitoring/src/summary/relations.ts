import type { Baseline } from "../baseline/baseline";
import { baselineBins, INVALID, MISSING } from "./bins";
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

/** Adds the products of a block of rows to a summary. */
export function addRelations(
  summary: Summary,
  { columns, tables }: RankScores,
  block: { readonly codes: readonly Uint16Array[]; readonly rows: number },
  scratch: readonly Float64Array[],
): void {
  const { rows } = block;
  columns.forEach((column, at) => {
    const [codes, table, scores] = [block.codes[column], tables[at], scratch[at]];
    if (codes === undefined || table === undefined || scores === undefined) return;
    for (let row = 0; row < rows; row += 1) {
      const code = codes[row] as number;
      scores[row] = code === MISSING || code === INVALID ? 0 : (table[code] as number);
    }
  });
  let pair = 0;
  for (let one = 0; one < columns.length; one += 1) {
    for (let other = one + 1; other < columns.length; other += 1, pair += 1) {
      const sum = product(scratch[one] as Float64Array, scratch[other] as Float64Array, rows);
      summary.relations[pair] = (summary.relations[pair] as number) + sum;
    }
  }
}

/** Four sums side by side, because one would wait for itself. */
function product(one: Float64Array, other: Float64Array, rows: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let row = 0;
  for (; row + 3 < rows; row += 4) {
    a += (one[row] as number) * (other[row] as number);
    b += (one[row + 1] as number) * (other[row + 1] as number);
    c += (one[row + 2] as number) * (other[row + 2] as number);
    d += (one[row + 3] as number) * (other[row + 3] as number);
  }
  for (; row < rows; row += 1) a += (one[row] as number) * (other[row] as number);
  return a + b + c + d;
}
