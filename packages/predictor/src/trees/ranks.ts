/**
 * The thresholds of one feature, sorted, and the rank of any value among them. `x > threshold` holds exactly when the
 * rank of `x` (how many thresholds lie below it) exceeds the threshold's own position, so trees can compare integers.
 */
export class Ranks {
  private readonly cuts: Float64Array;
  private readonly low: number;
  private readonly inverse: number;
  /** How many cuts lie in cells before each cell: where the search starts and ends. */
  private readonly first: Int32Array;

  /** Takes thresholds in any order, with repeats; `Infinity`, which nothing exceeds, needs no cut. */
  constructor(thresholds: Float64Array) {
    const sorted = thresholds.filter((threshold) => threshold !== Infinity).sort();
    this.cuts = sorted.filter((cut, index) => index === 0 || cut !== sorted[index - 1]);
    const { length } = this.cuts;
    const low = this.cuts[0] ?? 0;
    const span = (this.cuts[length - 1] ?? 0) - low;
    const even = span > 0 && Number.isFinite(length / span) && Number.isFinite(span);
    this.low = even ? low : 0;
    this.inverse = even ? length / span : 0;
    this.first = new Int32Array(Math.max(length, 1) + 1);
    for (const cut of this.cuts) this.first[this.cell(cut) + 1] = (this.first[this.cell(cut) + 1] as number) + 1;
    for (let cell = 1; cell < this.first.length; cell++) {
      this.first[cell] = (this.first[cell] as number) + (this.first[cell - 1] as number);
    }
  }

  /** How many different thresholds there are. */
  get length(): number {
    return this.cuts.length;
  }

  /** How many thresholds lie below `value`. */
  rank(value: number): number {
    const { cuts, first } = this;
    const cell = this.cell(value);
    let low = first[cell] as number;
    let high = first[cell + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cuts[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Cells of equal width; never falls as the value rises, so a value's rank lies within its cell's bounds. */
  private cell(value: number): number {
    const position = (value - this.low) * this.inverse;
    if (!(position > 0)) return 0;
    const last = this.first.length - 2;
    return position < last ? Math.trunc(position) : last;
  }
}
