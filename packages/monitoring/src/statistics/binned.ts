/** Counts of two samples over the same bins; their totals are above 0. */
export interface TwoHistograms {
  readonly baseline: readonly number[];
  readonly window: readonly number[];
}

/** Rows that an empty bin is taken to hold for PSI, which has no value there. */
const HALF_A_ROW = 0.5;

/** Shares of counts. */
export function shares(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (total === 0 ? 0 : count / total));
}

/**
 * Population stability index: the sum of (q - p) ln(q / p) over shares p of the baseline and q of the window. A bin that is
 * empty on one side counts as half a row there; one that is empty on both adds nothing.
 */
export function populationStabilityIndex({ baseline, window }: TwoHistograms): number {
  const [m, n] = [total(baseline), total(window)];
  return baseline.reduce((sum, count, bin) => {
    const other = window[bin] ?? 0;
    if (count === 0 && other === 0) return sum;
    const [p, q] = [(count || HALF_A_ROW) / m, (other || HALF_A_ROW) / n];
    return sum + (q - p) * Math.log(q / p);
  }, 0);
}

/** Jensen-Shannon distance, base 2, as `scipy.spatial.distance.jensenshannon(p, q, base=2)`: 0 to 1. */
export function jensenShannonDistance({ baseline, window }: TwoHistograms): number {
  const [p, q] = [shares(baseline), shares(window)];
  const divergence = p.reduce((sum, one, bin) => {
    const other = q[bin] ?? 0;
    const middle = (one + other) / 2;
    return sum + entropy(one, middle) + entropy(other, middle);
  }, 0);
  return Math.sqrt(Math.max(0, divergence) / 2 / Math.LN2);
}

/** Largest difference of two shares. */
export function lInfinity({ baseline, window }: TwoHistograms): number {
  const [p, q] = [shares(baseline), shares(window)];
  return Math.max(...p.map((one, bin) => Math.abs(one - (q[bin] ?? 0))));
}

/** Pearson's chi-squared of homogeneity, as `scipy.stats.chi2_contingency(correction=False)`; bins empty on both sides count not. */
export function chiSquared({ baseline, window }: TwoHistograms): {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
} {
  const [m, n] = [total(baseline), total(window)];
  let [statistic, bins] = [0, 0];
  baseline.forEach((count, bin) => {
    const other = window[bin] ?? 0;
    if (count + other === 0) return;
    bins += 1;
    const both = (count + other) / (m + n);
    statistic += (count - both * m) ** 2 / (both * m) + (other - both * n) ** 2 / (both * n);
  });
  return { statistic, degreesOfFreedom: Math.max(0, bins - 1) };
}

/**
 * Kolmogorov-Smirnov distance at the edges of bins. It is never above the distance of the raw samples, and below it by at
 * most the larger share of the fullest bin.
 */
export function binnedKolmogorovSmirnov({ baseline, window }: TwoHistograms): number {
  const [p, q] = [shares(baseline), shares(window)];
  let [difference, largest] = [0, 0];
  p.forEach((one, bin) => {
    difference += one - (q[bin] ?? 0);
    largest = Math.max(largest, Math.abs(difference));
  });
  return largest;
}

/**
 * Earth mover's distance with the rows of a bin spread evenly over it. It differs from that of the raw samples by at most
 * the sum over bins of width times (p + q) / 2.
 *
 * @param edges - one more than bins
 */
export function binnedWasserstein({ baseline, window }: TwoHistograms, edges: readonly number[]): number {
  const [p, q] = [shares(baseline), shares(window)];
  let [distance, difference] = [0, 0];
  p.forEach((one, bin) => {
    const next = difference + one - (q[bin] ?? 0);
    const width = (edges[bin + 1] ?? 0) - (edges[bin] ?? 0);
    // The difference goes straight from one edge to the other; where it changes its sign there are two triangles.
    const crosses = difference * next < 0;
    const area = crosses
      ? (difference ** 2 + next ** 2) / (2 * Math.abs(next - difference))
      : (Math.abs(difference) + Math.abs(next)) / 2;
    distance += width * area;
    difference = next;
  });
  return distance;
}

function entropy(share: number, middle: number): number {
  return share === 0 ? 0 : share * Math.log(share / middle);
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
