import { uniform } from "../../../../test/support/random";
import { binaryMetrics } from "../../src/performance/binary-metrics";
import type { BinaryMetric } from "../../src/performance/report";
import { normal } from "../support/random";

const { exp, log, sqrt } = Math;
const PREVALENCE = 0.3;
const DISTANCE = 1.2;
const random = uniform(11);
const gauss = normal(random);

/** Two normal classes, scored by their exact posterior: what the figures really are is known, or read off a large sample. */
function sampled(rows: number) {
  const outcomes = Float64Array.from({ length: rows }, () => Number(random() < PREVALENCE));
  const odds = log(PREVALENCE / (1 - PREVALENCE)) - DISTANCE ** 2 / 2;
  const scores = outcomes.map((outcome) => 1 / (1 + exp(-(odds + DISTANCE * (DISTANCE * outcome + gauss())))));
  return { scores, outcomes };
}

function figuresOf(rows: number): Map<string, { value: number; low: number; high: number }> {
  const metrics = Object.entries(binaryMetrics(sampled(rows), 0.4));
  return new Map(metrics.flatMap(([name, figure]) => (figure.value === null ? [] : [[name, figure]])));
}

test("95 % intervals hold the truth in about 95 of 100 samples", () => {
  const truth = figuresOf(400_000);
  // The areas of two normal distributions, and of scores that come true as often as they say, are known exactly.
  expect(truth.get("rocAuc")?.value).toBeCloseTo(0.8019, 2);
  expect(truth.get("calibrationError")?.value).toBeCloseTo(0, 2);
  const held: Partial<Record<BinaryMetric, number>> = {};
  const rounds = 400;
  for (let round = 0; round < rounds; round += 1)
    for (const [name, { low, high }] of figuresOf(400)) {
      const real = truth.get(name)?.value ?? Number.NaN;
      const key = name as BinaryMetric;
      held[key] = (held[key] ?? 0) + Number(low <= real && real <= high);
    }
  const spread = 3 * sqrt((0.95 * 0.05) / rounds);
  const names = ["rocAuc", "prAuc", "precision", "recall", "accuracy", "brier", "calibrationError"] as const;
  for (const name of names) {
    const share = (held[name] ?? 0) / rounds;
    expect([name, share > 0.95 - spread - 0.005, share]).toEqual([name, true, share]);
    expect([name, share < 0.95 + spread, share]).toEqual([name, true, share]);
  }
});
