import type { Calibrator } from "./calibrator";
import type { PeriodPerformance } from "./report";

/** Bins of the scores that estimates are made of: an area differs from that of the scores themselves by less than 0.001. */
export const ESTIMATE_BINS = 2_000;

/** The bin of a score from 0 to 1. */
export function estimateBin(score: number): number {
  return Math.min(ESTIMATE_BINS - 1, Math.max(0, Math.floor(score * ESTIMATE_BINS)));
}

/**
 * What the figures would be if each score came true as often as its calibration says: expected positives and negatives
 * of each bin take the place of labels. It follows changes of the customers, never a change of what their behaviour means.
 */
export function estimate(
  counts: Float64Array,
  calibrate: Calibrator,
  threshold: number,
): NonNullable<PeriodPerformance["estimate"]> {
  const positives = new Float64Array(counts.length);
  let [all, rows] = [0, 0];
  counts.forEach((count, bin) => {
    const chance = count === 0 ? 0 : calibrate((bin + 0.5) / counts.length);
    positives[bin] = count * chance;
    all += count * chance;
    rows += count;
  });
  const none = rows - all;
  let [right, wrong, area, precisionArea, hits, alarms] = [0, 0, 0, 0, 0, 0];
  for (let bin = counts.length - 1; bin >= 0; bin -= 1) {
    const found = positives[bin] as number;
    const other = (counts[bin] as number) - found;
    area += other * (right + found / 2);
    right += found;
    wrong += other;
    if (found > 0) precisionArea += found * (right / (right + wrong));
    if (bin >= estimateBin(threshold)) [hits, alarms] = [right, wrong];
  }
  const both = all > 0 && none > 0;
  return {
    ...(both ? { rocAuc: area / (all * none) } : {}),
    ...(all > 0 ? { prAuc: precisionArea / all, recall: hits / all } : {}),
    ...(hits + alarms > 0 ? { precision: hits / (hits + alarms) } : {}),
    ...(rows > 0 ? { accuracy: (hits + none - alarms) / rows } : {}),
  };
}
