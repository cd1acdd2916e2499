import { compareWithBaseline, emptySummary, mergeSummaries, RowCounter } from "../../src";
import { baselineOf } from "../support/baseline";
import { type Change, population, sample } from "../support/population";

/** A smaller number of weeks than `npm run bench -- monitoring` simulates, with the same code. */
const WEEKS = { 200: 120, 1000: 60, 10000: 8 };

const baseline = baselineOf(population, sample(7_000, 1), sample(1_500, 2));
const counter = new RowCounter(baseline, population);

function week(rows: number, seed: number, change?: Change) {
  const summary = emptySummary(baseline, { from: "2026-01-05T00:00:00.000Z", to: "2026-01-12T00:00:00.000Z" });
  counter.addColumns(summary, sample(rows, seed, change));
  return compareWithBaseline({ baseline, contract: population, summary: mergeSummaries(baseline, [summary]) });
}

test.each(Object.entries(WEEKS))("weeks of %s predictions without drift raise no alarm", (rows, weeks) => {
  const reports = Array.from({ length: weeks }, (_, at) => week(Number(rows), 1_000 + at));
  const alarms = reports.filter((report) => report.verdict !== "no_drift" || report.quality.length > 0);
  expect(alarms.map(({ sentence }) => sentence)).toEqual([]);
  if (rows !== "200") return;
  // What a fixed limit does with the same weeks.
  const fixed = reports.filter((report) => report.features.some(({ statistics }) => (statistics?.psi ?? 0) > 0.1));
  expect(fixed.length).toBeGreaterThan(0.9 * weeks);
});

test.each<[string, Change, string]>([
  ["0.3 standard deviations", { shift: 0.3 }, "normal0"],
  ["a share from 10 % to 15 %", { share: 0.15 }, "category5"],
])("a shift of %s is found in 2,000 predictions", (_, change, feature) => {
  const found = Array.from({ length: 40 }, (_, at) => week(2_000, 5_000 + at, change)).filter((report) =>
    report.features.some((each) => each.feature === feature && each.verdict === "drift"),
  );
  expect(found.length).toBeGreaterThanOrEqual(38);
});

test("features that stop going together are found, though no single one drifts", () => {
  const report = week(2_000, 9_000, { correlation: 0 });
  expect(report.features.filter(({ verdict }) => verdict === "drift")).toEqual([]);
  expect(report.verdict).toBe("drift");
  expect(report.relations.changes.map(({ features }) => features)).toEqual([["normal1", "normal2"]]);
  expect(report.relations.sentence).toMatch(
    /^normal1 and normal2 no longer go together as they did: their rank correlation went from 0\.\d+ to -?0\.\d+\.$/,
  );
});
