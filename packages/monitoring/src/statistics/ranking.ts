import { type Interval, REACH } from "./intervals";

/** Scores of both classes; sorted in place by what takes them. */
export interface ClassScores {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/**
 * Scores by class.
 *
 * @param labels - 1 for positive
 */
export function byClass(scores: ArrayLike<number>, labels: ArrayLike<number | boolean>): ClassScores {
  let count = 0;
  for (let row = 0; row < labels.length; row += 1) if (labels[row]) count += 1;
  const positives = new Float64Array(count);
  const negatives = new Float64Array(labels.length - count);
  let [above, below] = [0, 0];
  for (let row = 0; row < labels.length; row += 1) {
    if (labels[row]) positives[above++] = scores[row] as number;
    else negatives[below++] = scores[row] as number;
  }
  return { positives, negatives };
}

/**
 * Area under the ROC curve with DeLong's 95 % interval (DeLong, DeLong and Clarke-Pearson 1988), cut at 0 and 1. Two sorts
 * and one walk through both classes: the structural components are sums of what each score is above.
 *
 * @returns null when a class has fewer than two rows: then there is no variance, and with none there is no area.
 */
export function rocAuc({ positives, negatives }: ClassScores): (Interval & { readonly standardError: number }) | null {
  const [m, n] = [positives.length, negatives.length];
  if (m < 2 || n < 2) return null;
  positives.sort();
  negatives.sort();
  const above = placements(positives, negatives);
  const below = placements(negatives, positives);
  const value = above.mean;
  const standardError = Math.sqrt(above.variance / m + below.variance / n);
  const half = REACH * standardError;
  return { value, standardError, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}

/** Mean and variance of the part of `others` that each value is above; ties count half. Both are sorted. */
function placements(values: Float64Array, others: Float64Array): { readonly mean: number; readonly variance: number } {
  let [sum, squares, below, upTo] = [0, 0, 0, 0];
  for (const value of values) {
    while (below < others.length && (others[below] as number) < value) below += 1;
    if (upTo < below) upTo = below;
    while (upTo < others.length && (others[upTo] as number) <= value) upTo += 1;
    // Around a half, so that the squares do not lose what the sum has.
    const part = (below + upTo) / (2 * others.length) - 0.5;
    sum += part;
    squares += part * part;
  }
  const mean = sum / values.length;
  const variance = Math.max(0, squares - values.length * mean ** 2) / (values.length - 1);
  return { mean: mean + 0.5, variance };
}

/**
 * Average precision, as `sklearn.metrics.average_precision_score`, with a logit 95 % interval (Boyd, Eng and Page 2013).
 *
 * @returns null without positives.
 */
export function averagePrecision({ positives, negatives }: ClassScores): Interval | null {
  const total = positives.length;
  if (total === 0) return null;
  positives.sort();
  negatives.sort();
  let [above, below, sum] = [total - 1, negatives.length - 1, 0];
  while (above >= 0) {
    const score = positives[above] as number;
    let found = 0;
    while (above >= 0 && positives[above] === score) {
      above -= 1;
      found += 1;
    }
    while (below >= 0 && (negatives[below] as number) >= score) below -= 1;
    const [right, wrong] = [total - 1 - above, negatives.length - 1 - below];
    sum += (found / total) * (right / (right + wrong));
  }
  if (sum >= 1) return { value: sum, low: 1 - 3 / Math.max(3, total), high: 1 };
  const [center, half] = [Math.log(sum / (1 - sum)), REACH / Math.sqrt(total * sum * (1 - sum))];
  return { value: sum, low: sigmoid(center - half), high: sigmoid(center + half) };
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
