import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { boolean, category, contractJson, defineContract, number } from "@sagewright/contract";
import {
  type Baseline,
  chiSquared,
  compareWithBaseline,
  type DriftReport,
  emptySummary,
  RowCounter,
  readBaseline,
  type Summary,
} from "@sagewright/monitoring";
import { jobPython } from "../support/cli";

/** A baseline that the job's Python wrote, and windows of raw rows, beside numpy, scipy and scikit-learn. */
const contract = defineContract({
  name: "parity",
  target: { column: "churn", positive: "yes", negative: "no" },
  segments: ["plan"],
  columns: {
    minutes: number(),
    charges: number(),
    calls: number(),
    tenure: number(),
    plan: category(["basic", "silver", "gold"]),
    active: boolean({ true: "yes", false: "no" }),
  },
});

interface Column {
  readonly rawKs: number;
  readonly rawWasserstein: number;
  readonly rawPValue: number;
  readonly ks: number;
  readonly lInfinity: number;
  readonly jensenShannon: number;
  readonly chiSquared: number;
  /** Over bins of which each can be expected to hold five rows; this is the fewest. */
  readonly leastExpected: number;
  readonly psi: number;
  readonly joinedChiSquared: number;
  readonly mean: number;
  readonly missing: number;
  readonly fullest: number;
  readonly reach: number;
}
/** By plan, then by column: rows below, by bin, above, without a value. */
type Segments = Record<string, Record<string, number[]>>;
interface Expected {
  readonly rows: Record<string, unknown>[];
  readonly scores: number[];
  readonly columns: Record<string, Column>;
  readonly relations: number[][];
  readonly segments: Segments;
  readonly classifier: number;
}
type WindowName = "same" | "shifted" | "apart";

let baseline: Baseline;
let trained: number[][];
let trainedSegments: Segments;
let expected: Record<WindowName, Expected>;
let found: Record<WindowName, { readonly summary: Summary; readonly report: DriftReport }>;

beforeAll(() => {
  const sources = join(__dirname, "../../packages/sklearn/python");
  const args = [join(__dirname, "drift.py"), sources, contractJson(contract)];
  const answers = JSON.parse(execFileSync(jobPython, args, { maxBuffer: 1 << 28 }).toString());
  baseline = readBaseline(JSON.stringify(answers.baseline));
  trained = answers.trained;
  trainedSegments = answers.trainedSegments;
  expected = answers.windows;
  const counter = new RowCounter(baseline, contract);
  const window = { from: "2026-01-05T00:00:00.000Z", to: "2026-01-12T00:00:00.000Z" };
  const judged = ({ rows, scores }: Expected) => {
    const summary = emptySummary(baseline, window);
    const rest = { positive: null, latencyMs: null, modelVersion: "1", at: window.from };
    rows.forEach((input, row) => {
      counter.add(summary, { input, score: scores[row] ?? null, ...rest });
    });
    return { summary, report: compareWithBaseline({ baseline, contract, summary }) };
  };
  found = { same: judged(expected.same), shifted: judged(expected.shifted), apart: judged(expected.apart) };
}, 60_000);

const names: readonly WindowName[] = ["same", "shifted", "apart"];
const featureOf = (window: WindowName, name: string) => {
  const feature = found[window].report.features.find((each) => each.feature === name);
  if (feature?.statistics === undefined) throw new Error(`${name} was not compared`);
  return { ...feature, statistics: feature.statistics };
};

test.each(names)("statistics of the window %s are those that numpy and scipy compute from its raw rows", (window) => {
  for (const [name, column] of Object.entries(expected[window].columns)) {
    const { statistics, mean } = featureOf(window, name);
    expect(column.leastExpected).toBeGreaterThanOrEqual(5);
    expect(statistics.psi).toBeCloseTo(column.psi, 9);
    expect(statistics.chiSquared / column.joinedChiSquared).toBeCloseTo(1, 9);
    const index = baseline.columns.findIndex((each) => each.name === name);
    const described = baseline.columns[index];
    const counts = found[window].summary.columns[index];
    expect(counts?.missing).toBe(column.missing);
    for (const key of ["ks", "lInfinity", "jensenShannon"] as const)
      expect(statistics[key]).toBeCloseTo(column[key], 9);
    const sides = { baseline: [0, ...(described?.counts ?? []), 0], window: [...(counts?.bins ?? [])] };
    expect(chiSquared(sides).statistic / column.chiSquared).toBeCloseTo(1, 9);
    expect((mean?.window ?? 0) / column.mean).toBeCloseTo(1, 9);
  }
});

test.each(names)(
  "distances over bins are as near to those of raw rows as the README says, in the window %s",
  (window) => {
    for (const [name, column] of Object.entries(expected[window].columns)) {
      const { statistics } = featureOf(window, name);
      const { ks = Number.NaN, wasserstein = Number.NaN } = statistics;
      expect(ks).toBeLessThanOrEqual(column.rawKs + 1e-12);
      expect(ks).toBeGreaterThanOrEqual(column.rawKs - column.fullest);
      expect(Math.abs(wasserstein - column.rawWasserstein)).toBeLessThanOrEqual(boundOf(name, window));
    }
  },
);

/** Sum over bins of width times the mean share, with what lies outside the baseline's range reaching to its extremes. */
function boundOf(name: string, window: WindowName): number {
  const index = baseline.columns.findIndex((each) => each.name === name);
  const [column, counts] = [baseline.columns[index], found[window].summary.columns[index]];
  if (column?.type !== "number" || counts === undefined) throw new Error(`${name} is no number`);
  const edges = [
    Math.min(counts.minimum, column.edges[0] ?? 0),
    ...column.edges,
    Math.max(counts.maximum, column.edges.at(-1) ?? 0),
  ];
  const rows = counts.bins.reduce((sum, count) => sum + count, 0);
  const trainedRows = column.counts.reduce((sum, count) => sum + count, 0);
  return counts.bins.reduce((sum, count, bin) => {
    const share = (count / rows + (column.counts[bin - 1] ?? 0) / trainedRows) / 2;
    return sum + ((edges[bin + 1] ?? 0) - (edges[bin] ?? 0)) * share;
  }, 0);
}

test("correlations of ranks are numpy's, in the baseline and in the window", () => {
  const known = baseline.relations;
  if (known === undefined) throw new Error("the baseline has no relations");
  let pair = 0;
  known.columns.forEach((_, one) => {
    for (let other = one + 1; other < known.columns.length; other += 1, pair += 1)
      expect(known.correlations[pair]).toBeCloseTo(trained[one]?.[other] ?? Number.NaN, 9);
  });
  const [change] = found.apart.report.relations.changes;
  const [one, other] = (change?.features ?? []).map((name) => baseline.columns.findIndex((each) => each.name === name));
  expect(change?.window).toBeCloseTo(expected.apart.relations[one ?? -1]?.[other ?? -1] ?? Number.NaN, 9);
});

test("counts within segments are those that pandas and numpy find, in the baseline and in the window", () => {
  expect(baseline.segments.map(({ value }) => value)).toEqual(["basic", "silver", "gold"]);
  baseline.segments.forEach(({ value, rows, counts }, index) => {
    const segment = found.shifted.summary.segments[index];
    expect(counts.active?.slice(0, 2)).toEqual(trainedSegments[value]?.active);
    expect(rows).toBe((counts.active ?? []).reduce((sum, count) => sum + count, 0));
    baseline.columns.forEach(({ name, type }, at) => {
      if (type !== "number") return;
      // The training data have nothing outside their own range.
      expect([0, ...(counts[name] ?? []).slice(0, -1), 0, counts[name]?.at(-1)]).toEqual(
        trainedSegments[value]?.[name],
      );
      expect([...(segment?.columns[at] ?? [])]).toEqual(expected.shifted.segments[value]?.[name]);
    });
  });
});

test("a change that no single column shows is found, and is one that a classifier can tell", () => {
  // Nothing to see for scipy in any column.
  for (const { rawPValue } of Object.values(expected.apart.columns)) expect(rawPValue).toBeGreaterThan(0.001);
  const { report } = found.apart;
  expect(report.features.map(({ verdict }) => verdict)).not.toContain("drift");
  expect(report.relations.changes.map(({ features }) => features)).toEqual([["minutes", "charges"]]);
  expect(report.verdict).toBe("drift");
  // And a forest of scikit-learn separates these rows from those of training; not those of a window without drift.
  expect(expected.apart.classifier).toBeGreaterThan(0.6);
  expect(expected.same.classifier).toBeLessThan(0.54);
  expect(found.same.report).toMatchObject({ verdict: "no_drift", relations: { verdict: "no_drift" }, quality: [] });
});

test("what moved is named, and what did not is not", () => {
  const drifted = found.shifted.report.features.filter(({ verdict }) => verdict === "drift");
  expect(drifted.map(({ feature }) => feature).sort()).toEqual(["minutes", "plan"]);
  expect(featureOf("shifted", "minutes").sentence).toMatch(
    /^minutes: the mean rose from \d+ to \d+, by 0\.4\d* standard deviations\.$|^minutes: the mean rose from \d+ to \d+, by 0\.3\d+ /,
  );
});
