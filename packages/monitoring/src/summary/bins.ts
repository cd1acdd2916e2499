import type { ColumnBaseline, NumberBaseline, ScoreBaseline } from "../baseline/baseline";

/** The bin of a value that is not there. */
export const MISSING = 65_535;

/** The bin of a value that is no number of this column at all: NaN, an infinity, a text. Counted, and missing elsewhere. */
export const INVALID = 65_534;

/** Finds the bin of a number: 0 lies below the baseline's range, 1 to the number of its bins inside, one more above. */
export type NumberBinner = (value: number) => number;

/** Cells of the table that says where to begin looking. */
const CELLS = 512;

/** Number of bins of a column's summary: two more than the baseline's for numbers, one more (`other`) for categories. */
export function binCount(column: ColumnBaseline): number {
  return column.type === "number" ? column.counts.length + 2 : column.counts.length + 1;
}

/** The baseline's counts in the bins of a summary. */
export function baselineBins(column: ColumnBaseline): number[] {
  return column.type === "number" ? [0, ...column.counts, 0] : [...column.counts, column.other];
}

/** Compiles the search for a number's bin: a look into a table of equal cells, then a few steps. */
export function numberBinner({
  edges,
  counts,
}: Pick<NumberBaseline | ScoreBaseline, "edges" | "counts">): NumberBinner {
  const bins = counts.length;
  if (bins === 0) return () => 0;
  const sorted = Float64Array.from(edges);
  const [low, high] = [sorted[0] as number, sorted[bins] as number];
  if (low === high) return (value) => (value < low ? 0 : value > high ? 2 : 1);
  const scale = CELLS / (high - low);
  const firsts = new Uint16Array(CELLS + 1);
  for (let cell = 0, bin = 0; cell <= CELLS; cell += 1) {
    // A step back, so that rounding of the scale can only make the search longer.
    const start = low + (cell - 1) / scale;
    while (bin < bins - 1 && (sorted[bin + 1] as number) <= start) bin += 1;
    firsts[cell] = bin;
  }
  const last = bins - 1;
  return (value) => {
    if (value < low) return 0;
    if (value > high) return bins + 1;
    let bin = firsts[((value - low) * scale) | 0] as number;
    while (bin < last && value >= (sorted[bin + 1] as number)) bin += 1;
    return bin + 1;
  };
}
