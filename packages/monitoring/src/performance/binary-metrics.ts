import { type Interval, meanInterval, wilson } from "../statistics/intervals";
import { averagePrecision, byClass, rocAuc } from "../statistics/ranking";
import type { BinaryMetric, CalibrationBin, Figure } from "./report";

/** Labelled predictions of a period. */
export interface LabelledScores {
  readonly scores: Float64Array;
  /** 1 for positive, 0 for negative; the number itself for a regression. */
  readonly outcomes: Float64Array;
}

/** Rows of the rarer class under which areas are too uncertain to give. */
export const LEAST_PER_CLASS = 10;

/**
 * Figures of a model that tells two classes apart. What a period cannot give is null, with the reason.
 *
 * - `calibrationError`: the mean of score minus outcome; above 0 the model expects too much.
 * - `calibrationRatio`: positives over the sum of scores.
 */
export function binaryMetrics({ scores, outcomes }: LabelledScores, threshold: number): Record<BinaryMetric, Figure> {
  const classes = byClass(scores, outcomes);
  const [positives, negatives] = [classes.positives.length, classes.negatives.length];
  const rows = positives + negatives;
  const alike = Math.min(positives, negatives);
  const because = rows === 0 ? "no_labels" : alike === 0 ? "one_class" : "too_few_labels";
  const ranked = alike >= LEAST_PER_CLASS;
  const sums = sumsOf(scores, outcomes, threshold);
  const share = (found: number, of: number, reason: "no_labels" | "one_class" | "nothing_predicted"): Figure =>
    of === 0 ? { value: null, because: rows === 0 ? "no_labels" : reason } : wilson(found, of);
  const known = (interval: Interval): Figure => (rows === 0 ? { value: null, because: "no_labels" } : interval);
  return {
    rocAuc: (ranked ? plain(rocAuc(classes)) : undefined) ?? { value: null, because },
    prAuc: (ranked ? plain(averagePrecision(classes)) : undefined) ?? { value: null, because },
    precision: share(sums.hits, sums.predicted, "nothing_predicted"),
    recall: share(sums.hits, positives, "one_class"),
    accuracy: share(sums.right, rows, "no_labels"),
    brier: known(meanInterval(sums.brier, sums.brierSquares, rows)),
    calibrationError: known(meanInterval(sums.error, sums.brier, rows)),
    calibrationRatio: ratio(positives, rows, sums.expected),
  };
}

/** Ten bins of about equal size by score: what was said, and what came of it. */
export function calibrationBins({ scores, outcomes }: LabelledScores): CalibrationBin[] {
  const order = Uint32Array.from(scores, (_, row) => row).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  const bins: CalibrationBin[] = [];
  for (let start = 0, bin = 0; start < order.length; bin += 1) {
    let end = Math.max(start + 1, Math.round(((bin + 1) * order.length) / BINS));
    // Equal scores stay together.
    while (end < order.length && scores[order[end] ?? 0] === scores[order[end - 1] ?? 0]) end += 1;
    let [positives, sum] = [0, 0];
    for (const row of order.subarray(start, end)) {
      positives += outcomes[row] ?? 0;
      sum += scores[row] ?? 0;
    }
    const rows = end - start;
    const [from, to] = [scores[order[start] ?? 0] ?? 0, scores[order[end - 1] ?? 0] ?? 0];
    bins.push({ from, to, rows, meanScore: sum / rows, observed: wilson(positives, rows) });
    start = end;
  }
  return bins;
}

const BINS = 10;

function sumsOf(scores: Float64Array, outcomes: Float64Array, threshold: number) {
  const sums = { hits: 0, predicted: 0, right: 0, brier: 0, brierSquares: 0, error: 0, expected: 0 };
  for (let row = 0; row < scores.length; row += 1) {
    const [score, outcome] = [scores[row] as number, outcomes[row] as number];
    const isPredicted = score >= threshold;
    if (isPredicted) sums.predicted += 1;
    if (isPredicted && outcome === 1) sums.hits += 1;
    if (isPredicted === (outcome === 1)) sums.right += 1;
    const square = (score - outcome) ** 2;
    sums.brier += square;
    sums.brierSquares += square * square;
    sums.error += score - outcome;
    sums.expected += score;
  }
  return sums;
}

/** Observed over expected, with the interval of what was observed. */
function ratio(positives: number, rows: number, expected: number): Figure {
  if (rows === 0) return { value: null, because: "no_labels" };
  if (expected === 0) return { value: null, because: "nothing_predicted" };
  const { value, low, high } = wilson(positives, rows);
  const mean = expected / rows;
  return { value: value / mean, low: low / mean, high: high / mean };
}

function plain(interval: Interval | null): Figure | undefined {
  return interval === null ? undefined : { value: interval.value, low: interval.low, high: interval.high };
}
