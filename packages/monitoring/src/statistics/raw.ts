/** The largest difference of two empirical distribution functions: the statistic of `scipy.stats.ks_2samp`. */
export function kolmogorovSmirnov(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let largest = 0;
  walk(one, other, (difference) => {
    largest = Math.max(largest, Math.abs(difference));
  });
  return largest;
}

/** Area between two empirical distribution functions: `scipy.stats.wasserstein_distance`. */
export function wasserstein(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let distance = 0;
  walk(one, other, (difference, from, to) => {
    if (to !== undefined) distance += Math.abs(difference) * (to - from);
  });
  return distance;
}

/** Counts of values between edges, as `numpy.histogram(values, edges)`: the last bin includes its end; NaN and what lies outside count not. */
export function histogram(values: ArrayLike<number>, edges: readonly number[]): number[] {
  const counts = new Array<number>(Math.max(0, edges.length - 1)).fill(0);
  const last = counts.length - 1;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] as number;
    if (!(value >= (edges[0] as number) && value <= (edges[last + 1] as number))) continue;
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (value >= (edges[middle] as number)) low = middle;
      else high = middle - 1;
    }
    counts[low] = (counts[low] as number) + 1;
  }
  return counts;
}

/** Visits every value of both samples in order, with the difference of the distribution functions from it to the next one. */
function walk(
  one: ArrayLike<number>,
  other: ArrayLike<number>,
  visit: (difference: number, from: number, to: number | undefined) => void,
): void {
  const [first, second] = [Float64Array.from(one).sort(), Float64Array.from(other).sort()];
  let [i, j] = [0, 0];
  while (i < first.length || j < second.length) {
    const value = Math.min(first[i] ?? Number.POSITIVE_INFINITY, second[j] ?? Number.POSITIVE_INFINITY);
    while (i < first.length && (first[i] as number) <= value) i += 1;
    while (j < second.length && (second[j] as number) <= value) j += 1;
    const ends = i === first.length && j === second.length;
    const next = Math.min(first[i] ?? Number.POSITIVE_INFINITY, second[j] ?? Number.POSITIVE_INFINITY);
    visit(i / first.length - j / second.length, value, ends ? undefined : next);
  }
}
