import { OperationError } from "../errors";
import { twoSidedTail } from "./normal";

/** Two models' scores for the same rows, and what happened. */
export interface PairedScores {
  /** True where the positive class happened. */
  readonly labels: readonly boolean[];
  readonly champion: readonly number[];
  readonly challenger: readonly number[];
}

/** DeLong's test of two correlated ROC curves. */
export interface DeLongResult {
  readonly champion: number;
  readonly challenger: number;
  /** AUC of the challenger minus that of the champion. */
  readonly difference: number;
  /** Standard error of the difference. */
  readonly standardError: number;
  /** Difference over its standard error; 0 when both are 0. */
  readonly z: number;
  /** Two-sided. */
  readonly pValue: number;
  /** 95 % interval of the difference. */
  readonly low: number;
  readonly high: number;
}

/**
 * Compares two models on the same rows (DeLong, DeLong and Clarke-Pearson 1988), in the time of a sort by midranks
 * (Sun and Xu 2014).
 *
 * @throws OperationError `scores_unusable` when lengths differ, a score is not finite, or a class has fewer than two rows
 */
export function deLongTest(scores: PairedScores): DeLongResult {
  check(scores);
  const { labels } = scores;
  const champion = components(labels, scores.champion);
  const challenger = components(labels, scores.challenger);
  const difference = challenger.auc - champion.auc;
  const spread = (of: (one: Components) => readonly number[]) =>
    variance(of(challenger).map((value, row) => value - (of(champion)[row] ?? 0))) / of(champion).length;
  const standardError = Math.sqrt(spread(({ positives }) => positives) + spread(({ negatives }) => negatives));
  const z =
    standardError === 0
      ? difference === 0
        ? 0
        : Math.sign(difference) * Number.POSITIVE_INFINITY
      : difference / standardError;
  const reach = 1.959963984540054 * standardError;
  return {
    champion: champion.auc,
    challenger: challenger.auc,
    difference,
    standardError,
    z,
    pValue: twoSidedTail(z),
    low: difference - reach,
    high: difference + reach,
  };
}

interface Components {
  readonly auc: number;
  /** For each positive row, the part of the negatives that it is above. */
  readonly positives: readonly number[];
  /** For each negative row, the part of the positives that are above it. */
  readonly negatives: readonly number[];
}

function components(labels: readonly boolean[], scores: readonly number[]): Components {
  const of = (wanted: boolean) => scores.filter((_, row) => labels[row] === wanted);
  const [above, below] = [of(true), of(false)];
  const all = midranks([...above, ...below]);
  const [ownAbove, ownBelow] = [midranks(above), midranks(below)];
  const [m, n] = [above.length, below.length];
  const positives = above.map((_, row) => ((all[row] ?? 0) - (ownAbove[row] ?? 0)) / n);
  const negatives = below.map((_, row) => 1 - ((all[m + row] ?? 0) - (ownBelow[row] ?? 0)) / m);
  return { auc: positives.reduce((sum, value) => sum + value, 0) / m, positives, negatives };
}

/** Rank of each value from 1; equal values share the middle of their ranks. */
function midranks(values: readonly number[]): Float64Array {
  const given = Float64Array.from(values);
  const order = Uint32Array.from(given, (_, row) => row).sort((a, b) => (given[a] ?? 0) - (given[b] ?? 0));
  const ranks = new Float64Array(given.length);
  for (let start = 0; start < order.length; ) {
    const value = given[order[start] ?? 0];
    let end = start;
    while (end < order.length && given[order[end] ?? 0] === value) end += 1;
    for (let at = start; at < end; at += 1) ranks[order[at] ?? 0] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

function check({ labels, champion, challenger }: PairedScores): void {
  const positives = labels.filter(Boolean).length;
  const problem =
    labels.length !== champion.length || labels.length !== challenger.length
      ? `there are ${labels.length} labels, ${champion.length} scores of the champion and ${challenger.length} of the challenger`
      : [champion, challenger].some((scores) => !scores.every(Number.isFinite))
        ? "a score is no finite number"
        : Math.min(positives, labels.length - positives) < 2
          ? `${positives} of ${labels.length} rows are positive, and each class needs two`
          : undefined;
  if (problem === undefined) return;
  throw new OperationError(
    "scores_unusable",
    `The models cannot be compared: ${problem}. Give both models' scores for the same rows.`,
    {
      facts: { rows: labels.length, positives },
    },
  );
}
