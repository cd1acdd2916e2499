import { execFileSync } from "node:child_process";
import { join } from "node:path";
import {
  binnedKolmogorovSmirnov,
  binnedWasserstein,
  chiSquared,
  chiSquaredQuantile,
  chiSquaredTail,
  fisherTest,
  histogram,
  jensenShannonDistance,
  kolmogorovSmirnov,
  kolmogorovTail,
  lInfinity,
  logGamma,
  measurePerformance,
  normalQuantile,
  normalTail,
  type PerformanceReport,
  populationStabilityIndex,
  readBaseline,
  wasserstein,
} from "@sagewright/monitoring";
import { jobPython } from "../support/cli";

/** Statistics beside scipy, numpy and scikit-learn. */
let seed = 7;
function random(): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
}

function numbers(count: number, digits: number, shift = 0): number[] {
  return Array.from({ length: count }, () => Number((random() + random() + random() + shift).toFixed(digits)));
}

const raw = [
  { one: numbers(300, 12), other: numbers(200, 12, 0.2) },
  { one: numbers(1_000, 1), other: numbers(700, 1) },
  { one: numbers(1, 3), other: numbers(5, 3) },
  { one: numbers(4_000, 9), other: numbers(2_000, 9, 2) },
];
const edges = [0, 0.5, 1, 1.2, 1.4, 1.5, 1.9, 2.5, 3.5];
const counts = raw.flatMap(({ one, other }) => [one, other]).map((values) => ({ values, edges }));
const binned = raw.map(({ one, other }) => ({
  baseline: histogram(one, edges),
  window: histogram(other, edges),
  edges,
}));

function labelled(rows: number, digits: number, skill: number) {
  const labels = Array.from({ length: rows }, (_, row) => (row < 10 ? row % 2 : Number(random() < 0.3)));
  const scores = labels.map((label) => Number(((random() + random() + skill * label) / (2 + skill)).toFixed(digits)));
  return { labels, scores, threshold: 0.5 };
}
const classes = [labelled(40, 3, 1), labelled(500, 1, 0.5), labelled(2_000, 9, 0), labelled(1_500, 2, 1.5)];

const regression = [50, 900].map((rows) => {
  const outcomes = numbers(rows, 6, 4);
  return { outcomes, scores: outcomes.map((outcome) => outcome + 0.3 * (random() - 0.4)) };
});
const known = {
  edges: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  counts: [100, 80, 60, 0, 40, 30, 30, 20, 20, 10],
  // The third and the sixth bin are out of order.
  positives: [3, 12, 8, 0, 12, 18, 15, 15, 17, 9],
};
const estimate = [
  { scores: numbers(700, 9).map((value) => value / 3), threshold: 0.5, ...known },
  { scores: numbers(300, 2).map((value) => value / 3), threshold: 0.35, ...known },
];

const points = {
  chiSquaredTail: [0.001, 0.5, 3, 17, 60, 250].flatMap((x) => [1, 2, 5, 19, 70, 400].map((k) => [x, k])),
  chiSquaredQuantile: [0.9, 0.05, 1e-4, 1e-9].flatMap((p) => [1, 4, 19, 60].map((k) => [p, k])),
  normalTail: [-8, -2, -0.1, 0, 0.3, 1.96, 4, 9, 20].map((z) => [z]),
  normalQuantile: [0.999, 0.5, 0.3, 0.025, 1e-6, 1e-12].map((p) => [p]),
  kolmogorovTail: [0.1, 0.4, 0.8, 0.999, 1, 1.36, 2.5, 5].map((x) => [x]),
  logGamma: [0.5, 1, 2.5, 11.9, 12, 100, 12_345.6, 1e7].map((x) => [x]),
  fisherTest: [
    [3, 200, 0, 7_000],
    [0, 200, 140, 7_000],
    [300, 2_000, 700, 7_000],
    [200, 2_000, 700, 7_000],
    [5, 5, 5, 5],
    [10, 1_000, 100, 10_000],
  ],
} satisfies Record<string, number[][]>;

interface Answers {
  raw: Record<string, number>[];
  counts: number[][];
  binned: Record<string, number>[];
  classes: Record<string, number>[];
  regression: Record<string, number>[];
  estimate: Record<string, number>[];
  distributions: Record<string, number[]>;
}
let answers: Answers;

beforeAll(() => {
  const input = JSON.stringify({ raw, counts, binned, classes, regression, estimate, distributions: points });
  answers = JSON.parse(execFileSync(jobPython, [join(__dirname, "statistics.py")], { input }).toString());
}, 60_000);

/** Differences from the answers that are larger than 1e-9, relative to what is larger than 1. */
function differing(
  ours: Readonly<Record<string, number>>,
  theirs: Readonly<Record<string, number>>,
  bound = 1e-9,
): string[] {
  return Object.entries(theirs)
    .filter(([name, value]) => !(Math.abs((ours[name] ?? Number.NaN) - value) <= bound * Math.max(1, Math.abs(value))))
    .map(([name, value]) => `${name}: ${ours[name]} is not ${value}`);
}

test("distances of raw samples are scipy's, with ties and few values", () => {
  raw.forEach(({ one, other }, index) => {
    const ours = { kolmogorovSmirnov: kolmogorovSmirnov(one, other), wasserstein: wasserstein(one, other) };
    expect(differing(ours, answers.raw[index] ?? {})).toEqual([]);
  });
});

test("histograms are numpy's", () => {
  expect(counts.map(({ values }) => histogram(values, edges))).toEqual(answers.counts);
});

test("distances of histograms are scipy's, and no farther from those of the samples than is documented", () => {
  binned.forEach((sides, index) => {
    const { statistic, degreesOfFreedom } = chiSquared(sides);
    const ours = {
      psi: populationStabilityIndex(sides),
      jensenShannon: jensenShannonDistance(sides),
      chiSquared: statistic,
      pValue: chiSquaredTail(statistic, degreesOfFreedom),
      lInfinity: lInfinity(sides),
      binnedKolmogorovSmirnov: binnedKolmogorovSmirnov(sides),
    };
    const { "binnedWasserstein~": area = 0, ...theirs } = answers.binned[index] ?? {};
    expect(differing(ours, theirs)).toEqual([]);
    const moved = binnedWasserstein(sides, edges);
    expect(Math.abs(moved - area)).toBeLessThan(0.001);
    const shares = (counted: number[]) => counted.map((count) => count / counted.reduce((sum, each) => sum + each, 0));
    const [p, q] = [shares(sides.baseline), shares(sides.window)];
    const fullest = Math.max(...p, ...q);
    const within = p.reduce((sum, share, bin) => {
      return sum + ((edges[bin + 1] ?? 0) - (edges[bin] ?? 0)) * ((share + (q[bin] ?? 0)) / 2);
    }, 0);
    const exact = answers.raw[index] ?? {};
    const { binnedKolmogorovSmirnov: distance } = ours;
    expect(distance).toBeLessThanOrEqual((exact.kolmogorovSmirnov ?? 0) + 1e-12);
    expect(distance).toBeGreaterThanOrEqual((exact.kolmogorovSmirnov ?? 0) - fullest);
    expect(Math.abs(moved - (exact.wasserstein ?? 0))).toBeLessThanOrEqual(within);
  });
});

const at = "2026-01-05T00:00:00.000Z";
const window = { from: at, to: "2026-01-12T00:00:00.000Z" };
const predictionsOf = (scores: readonly number[]) =>
  scores.map((score, row) => ({ eventId: `${row}`, at, score, modelVersion: "1" }));
const labelsOf = (outcomes: readonly number[]) => outcomes.map((outcome, row) => ({ eventId: `${row}`, outcome }));

function figuresOf({ overall }: PerformanceReport): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [name, figure] of Object.entries(overall.metrics)) {
    if (figure.value === null) continue;
    Object.assign(figures, { [name]: figure.value, [`${name}.low`]: figure.low, [`${name}.high`]: figure.high });
  }
  return figures;
}

test("figures of labelled scores and their intervals are scikit-learn's and scipy's", async () => {
  for (const [index, { labels, scores, threshold }] of classes.entries()) {
    const given = { window, task: "binary", labels: labelsOf(labels), threshold } as const;
    const report = await measurePerformance(predictionsOf(scores), given);
    expect(differing(figuresOf(report), answers.classes[index] ?? {})).toEqual([]);
  }
});

test("figures of a regression and their intervals are scikit-learn's and scipy's", async () => {
  for (const [index, { outcomes, scores }] of regression.entries()) {
    const given = { window, task: "regression", labels: labelsOf(outcomes) } as const;
    const report = await measurePerformance(predictionsOf(scores), given);
    expect(differing(figuresOf(report), answers.regression[index] ?? {})).toEqual([]);
  }
});

test("estimates from scores are those of scikit-learn's isotonic regression and weighted figures", async () => {
  const baseline = readBaseline(
    JSON.stringify({
      format: 2,
      contract: { name: "parity", sha256: "0" },
      rows: 0,
      columns: {},
      score: { split: "test", rows: 390, ...known, mean: 0.3, std: 0.2, minimum: 0, maximum: 1 },
      target: { split: "test", rows: 390, mean: 0.28 },
      segments: [],
    }),
  );
  for (const [index, { scores, threshold }] of estimate.entries()) {
    const given = { window, task: "binary", labels: [], threshold, baseline } as const;
    const { overall } = await measurePerformance(predictionsOf(scores), given);
    expect(differing(overall.estimate ?? {}, answers.estimate[index] ?? {})).toEqual([]);
  }
});

test("tails and quantiles are scipy's, far out by their own size", () => {
  const functions: Record<string, (...values: number[]) => number> = {
    chiSquaredTail,
    chiSquaredQuantile,
    normalTail,
    normalQuantile,
    kolmogorovTail,
    logGamma,
    fisherTest: (found, of, baselineFound, baselineOf) => fisherTest({ found, of, baselineFound, baselineOf } as never),
  };
  const wrong: string[] = [];
  for (const [name, given] of Object.entries(points)) {
    given.forEach((point, index) => {
      const [ours, theirs] = [functions[name]?.(...point) ?? Number.NaN, answers.distributions[name]?.[index] ?? 0];
      if (!(Math.abs(ours - theirs) <= (theirs === 0 ? 1e-14 : 1e-9 * Math.abs(theirs))))
        wrong.push(`${name}(${point}): ${ours} is not ${theirs}`);
    });
  }
  expect(wrong).toEqual([]);
});
