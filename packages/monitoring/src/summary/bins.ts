import type { ColumnBaseline, NumberBaseline, ScoreBaseline } from "../baseline/baseline";

/** The bin of a value that is not there. */
export const MISSING = 65_535;

/** The bin of a value that is no number of this column at all: NaN, an infinity, a text. Counted, and missing elsewhere. */
export const INVALID = 65_534;

/** Edges, made ready for looking up: a table of equal cells says where to begin, then a few steps. */
export interface BinTable {
  readonly bins: number;
  readonly edges: Float64Array;
  readonly low: number;
  readonly high: number;
  /** Cells for a unit. */
  readonly scale: number;
  /** The bin in which each cell begins, at the earliest. */
  readonly firsts: Uint16Array;
}

/** Cells of the table: so many that few hold an edge, so few that the table stays near the processor. */
const CELLS = 2_048;

/** Number of bins of a column's summary: two more than the baseline's for numbers, one more (`other`) for categories. */
export function binCount(column: ColumnBaseline): number {
  return column.type === "number" ? column.counts.length + 2 : column.counts.length + 1;
}

/** The baseline's counts in the bins of a summary. */
export function baselineBins(column: ColumnBaseline): number[] {
  return column.type === "number" ? [0, ...column.counts, 0] : [...column.counts, column.other];
}

/** Compiles the search for a number's bin. */
export function binTable({ edges, counts }: Pick<NumberBaseline | ScoreBaseline, "edges" | "counts">): BinTable {
  const bins = counts.length;
  const sorted = Float64Array.from(edges);
  const [low = Number.POSITIVE_INFINITY, high = Number.POSITIVE_INFINITY] = [sorted[0], sorted[bins]];
  const scale = high > low ? CELLS / (high - low) : 0;
  const firsts = new Uint16Array(CELLS + 1);
  for (let cell = 0, bin = 0; cell <= CELLS && scale > 0; cell += 1) {
    // A step back, so that rounding of the scale can only make the search longer.
    const start = low + (cell - 1) / scale;
    while (bin < bins - 1 && (sorted[bin + 1] as number) <= start) bin += 1;
    firsts[cell] = bin;
  }
  return { bins, edges: sorted, low, high, scale, firsts };
}

/**
 * The bin of a finite number: 0 lies below the baseline's range, 1 to the number of its bins inside, one more above. Of a
 * column without bins every number is below.
 */
export function binOf({ bins, edges, low, high, scale, firsts }: BinTable, value: number): number {
  if (value < low) return 0;
  if (value > high) return bins + 1;
  let bin = firsts[((value - low) * scale) | 0] as number;
  while (bin < bins - 1 && value >= (edges[bin + 1] as number)) bin += 1;
  return bin + 1;
}
