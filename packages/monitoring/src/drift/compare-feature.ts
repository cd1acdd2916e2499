import type { ColumnBaseline, ScoreBaseline } from "../baseline/baseline";
import {
  binnedKolmogorovSmirnov,
  binnedWasserstein,
  chiSquared,
  jensenShannonDistance,
  lInfinity,
  populationStabilityIndex,
  shares,
  type TwoHistograms,
} from "../statistics/binned";
import { chiSquaredQuantile, chiSquaredTail, kolmogorovTail } from "../statistics/distributions";
import { fisherTest } from "../statistics/fisher";
import { baselineBins } from "../summary/bins";
import type { ColumnSummary } from "../summary/summary";
import { featureSentence, untestedSentence } from "./feature-sentence";
import type { DriftRules } from "./options";
import { type PooledHistograms, pooledBins } from "./pooling";
import type { ComparedDistribution, DriftSeverity, DriftStatistics, FeatureDrift } from "./report";

/** One feature on both sides. */
export interface FeaturePair {
  readonly column: ColumnBaseline | (ScoreBaseline & { readonly type: "score"; readonly name: string });
  /** Counts in the bins of the summary. */
  readonly baseline: readonly number[];
  readonly window: readonly number[];
  /** @default absent within a segment: then nothing is said about means */
  readonly summary?: ColumnSummary;
  /** What numbers are counted in, for the sentence. */
  readonly unit?: string;
}

/** Both sides of a column of the whole window. */
export function pairOf(column: ColumnBaseline, summary: ColumnSummary, unit?: string): FeaturePair {
  const pair = { column, baseline: baselineBins(column), window: [...summary.bins], summary };
  return unit === undefined ? pair : { ...pair, unit };
}

/**
 * Compares a feature with the baseline. It has drifted when a difference this large is unlikely without drift, for so many
 * rows and tests, and large enough to matter.
 *
 * @param tests - by which a p-value of one test is multiplied, for the other features and kinds of test
 */
export function compareFeature(pair: FeaturePair, rules: DriftRules, tests: number): FeatureDrift {
  const { column } = pair;
  const isNumber = column.type === "number" || column.type === "score";
  const [baselineRows, rows] = [sum(pair.baseline), sum(pair.window)];
  const known = {
    feature: column.name,
    type: column.type,
    baselineRows,
    rows,
    distribution: distributionOf(pair),
    ...meansOf(pair, rows),
  };
  const verdict = rows === 0 ? "no_data" : "too_few_rows";
  if (rows < rules.minimumRows || baselineRows < rules.minimumRows)
    return { ...known, verdict, sentence: untestedSentence(column.name, rows, baselineRows) };
  const pooled = pooledBins(pair, isNumber);
  const { statistic: chi, degreesOfFreedom } = chiSquared(pooled);
  const noise = 1 / rows + 1 / baselineRows;
  const kinds = isNumber || pooled.members.length > 2 ? 2 : 1;
  const significance = rules.significance / (tests * kinds);
  const statistics: DriftStatistics = {
    psi: populationStabilityIndex(pooled),
    psiNoise: noise * chiSquaredQuantile(significance, Math.max(1, degreesOfFreedom)),
    jensenShannon: jensenShannonDistance(pair),
    chiSquared: chi,
    degreesOfFreedom,
    lInfinity: lInfinity(pair),
    ...(isNumber ? { ks: binnedKolmogorovSmirnov(pair), wasserstein: moveOf(pair, rows) } : {}),
  };
  const omnibus = degreesOfFreedom === 0 ? 1 : chiSquaredTail(chi, degreesOfFreedom);
  const directed =
    statistics.ks === undefined ? largestShareTest(pooled) : kolmogorovTail(statistics.ks / Math.sqrt(noise));
  const pValue = Math.min(1, Math.min(omnibus, directed) * kinds * tests);
  const beyondNoise = statistics.psi - noise * degreesOfFreedom;
  const matters = (statistics.ks ?? statistics.lInfinity) >= rules.minimumChange || beyondNoise >= rules.minimumPsi;
  const isCertain = pValue <= rules.significance;
  const judged = isCertain && matters ? ({ verdict: "drift", severity: severityOf(beyondNoise) } as const) : undefined;
  return {
    ...known,
    verdict: "no_drift",
    ...judged,
    pValue,
    statistics,
    sentence: featureSentence({ pair, pooled, means: known.mean, isCertain, hasDrifted: judged !== undefined }),
  };
}

/** The bands that are usual for PSI. */
function severityOf(psi: number): DriftSeverity {
  if (psi >= 0.25) return "major";
  return psi >= 0.1 ? "moderate" : "minor";
}

/** The least likely change of one category's share, for as many categories as there are. */
function largestShareTest({ baseline, window }: PooledHistograms): number {
  const [baselineOf, of] = [sum(baseline), sum(window)];
  const chances = baseline.map((count, bin) =>
    fisherTest({ found: window[bin] ?? 0, of, baselineFound: count, baselineOf }),
  );
  return Math.min(1, Math.min(...chances) * (chances.length === 2 ? 1 : chances.length));
}

/** The distance of the bins, or of the means where that is more: no move of rows can be cheaper than the move of their mean. */
function moveOf(pair: FeaturePair, rows: number): number {
  const { column } = pair;
  if ("categories" in column) return 0;
  const [first, last] = [column.edges[0] ?? 0, column.edges.at(-1) ?? 0];
  const low = Math.min(first, pair.summary?.minimum ?? first);
  const high = Math.max(last, pair.summary?.maximum ?? last);
  const distance = binnedWasserstein(pair, [low, ...column.edges, high]);
  const means = meansOf(pair, rows).mean;
  return means === undefined ? distance : Math.max(distance, Math.abs(means.window - means.baseline));
}

function meansOf({ column, baseline, window, summary }: FeaturePair, rows: number): Pick<FeatureDrift, "mean"> {
  if (rows === 0 || column.type === "category") return {};
  if ("categories" in column) return { mean: { baseline: shares(baseline)[1] ?? 0, window: shares(window)[1] ?? 0 } };
  const mean = (column.mean ?? 0) + (summary?.sum ?? Number.NaN) / rows;
  return column.mean === null || !Number.isFinite(mean) ? {} : { mean: { baseline: column.mean, window: mean } };
}

function distributionOf({ column, baseline, window }: FeaturePair): ComparedDistribution {
  const sides: TwoHistograms = { baseline: shares(baseline), window: shares(window) };
  if ("categories" in column) return { categories: [...column.categories, "other"], ...sides };
  return { edges: column.edges, ...withoutOutside(sides, column.edges.length) };
}

/** What lies outside the baseline's range is drawn at its ends. */
function withoutOutside(sides: TwoHistograms, edges: number): TwoHistograms {
  const inside = (values: readonly number[]): number[] => {
    if (edges === 0) return [];
    const bins = values.slice(1, -1);
    bins[0] = (bins[0] ?? 0) + (values[0] ?? 0);
    bins[bins.length - 1] = (bins.at(-1) ?? 0) + (values.at(-1) ?? 0);
    return bins;
  };
  return { baseline: inside(sides.baseline), window: inside(sides.window) };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
