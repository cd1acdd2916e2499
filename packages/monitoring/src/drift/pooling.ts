import type { TwoHistograms } from "../statistics/binned";

/** Rows that a bin needs on both sides, without drift, for the chi-squared distribution to hold far out. */
const LEAST_EXPECTED = 5;

/** Bins with enough rows, and which of the original ones each is made of. */
export interface PooledHistograms extends TwoHistograms {
  readonly members: readonly (readonly number[])[];
}

/**
 * Joins bins until each can be expected to hold enough rows on both sides. Both samples together decide: given how often each
 * bin was found at all, chance alone says on which side, so the choice favours neither. The baseline's counts alone would
 * not do: what is rare there is rarer than it really is, and would seem to rise in every window.
 *
 * @param isOrdered - neighbours are joined; otherwise rare categories with each other
 */
export function pooledBins({ baseline, window }: TwoHistograms, isOrdered: boolean): PooledHistograms {
  const [m, n] = [total(baseline), total(window)];
  const both = baseline.map((count, bin) => count + (window[bin] ?? 0));
  const least = (LEAST_EXPECTED * (m + n)) / Math.min(m, n);
  const groups = isOrdered ? neighbours(both, least) : rareOnes(both, least);
  const sums = (counts: readonly number[]) => groups.map((group) => total(group.map((bin) => counts[bin] ?? 0)));
  return { baseline: sums(baseline), window: sums(window), members: groups };
}

function neighbours(counts: readonly number[], least: number): number[][] {
  const groups: number[][] = [];
  let [group, rows]: [number[], number] = [[], 0];
  counts.forEach((count, bin) => {
    group.push(bin);
    rows += count;
    if (rows < least) return;
    groups.push(group);
    [group, rows] = [[], 0];
  });
  const last = groups.at(-1);
  if (last === undefined) return [group];
  last.push(...group);
  return groups;
}

function rareOnes(counts: readonly number[], least: number): number[][] {
  const order = counts.map((_, bin) => bin).sort((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0));
  const rare: number[] = [];
  let rows = 0;
  for (const bin of order) {
    // One more joins as long as the rare ones together have too few.
    if ((counts[bin] ?? 0) >= least && (rare.length === 0 || rows >= least)) break;
    rare.push(bin);
    rows += counts[bin] ?? 0;
  }
  const common = counts.map((_, bin) => bin).filter((bin) => !rare.includes(bin));
  return [...common.map((bin) => [bin]), ...(rare.length === 0 ? [] : [rare])];
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
