import { INVALID } from "./bins";

/** Sides of the counting; see {@link countBins}. */
const SIDES = 4;

/** Room for {@link countBins} of as many bins. */
export function countScratch(bins: number): Uint32Array {
  return new Uint32Array(SIDES * bins);
}

/**
 * Adds the rows of each bin. Rows take turns with four sets of counts, because a count that was just written is slow to be
 * read again, and neighbouring rows are often alike.
 *
 * @param scratch - zeros before and after; of at least four times as many members as `bins`
 */
export function countBins(bins: Float64Array, codes: Uint16Array, rows: number, scratch: Uint32Array): void {
  const size = bins.length;
  let row = 0;
  for (; row + SIDES <= rows; row += SIDES) {
    const a = codes[row] as number;
    const b = codes[row + 1] as number;
    const c = codes[row + 2] as number;
    const d = codes[row + 3] as number;
    if (a < INVALID) scratch[a] = (scratch[a] as number) + 1;
    if (b < INVALID) scratch[size + b] = (scratch[size + b] as number) + 1;
    if (c < INVALID) scratch[2 * size + c] = (scratch[2 * size + c] as number) + 1;
    if (d < INVALID) scratch[3 * size + d] = (scratch[3 * size + d] as number) + 1;
  }
  for (let bin = 0; row >= SIDES && bin < size; bin += 1) {
    let count = bins[bin] as number;
    for (let side = bin; side < SIDES * size; side += size) {
      count += scratch[side] as number;
      scratch[side] = 0;
    }
    bins[bin] = count;
  }
  for (; row < rows; row += 1) {
    const code = codes[row] as number;
    if (code < INVALID) bins[code] = (bins[code] as number) + 1;
  }
}
