import { uniform } from "../../../../test/support/random";
import { chiSquared, chiSquaredTail, type DriftReport } from "../../src";
import { pooledBins } from "../../src/drift/pooling";
import type { Change } from "../support/population";
import { isAlarm, isFixedAlarm, simulated } from "../support/weeks";

/** A smaller number of weeks than `npm run bench -- monitoring` simulates, with the same code. */
const WEEKS: readonly [rows: number, weeks: number][] = [
  [200, 150],
  [1_000, 100],
  [10_000, 10],
];

const weeksOf = (rows: number, weeks: number, change?: Change) => [
  ...simulated({ rows, weeks, weeksOfBaseline: weeks, ...(change === undefined ? {} : { change }) }),
];
const verdicts = (report: DriftReport, feature: string) =>
  report.features.find((each) => each.feature === feature)?.verdict;

test.each(WEEKS)("of weeks of %i predictions without drift at most one in a hundred raises an alarm", (rows, weeks) => {
  const reports = weeksOf(rows, weeks);
  expect(reports.filter(isAlarm).length).toBeLessThanOrEqual(weeks / 100);
  // What a fixed limit does with the same weeks.
  if (rows === 200) expect(reports.filter(isFixedAlarm).length).toBeGreaterThan(0.9 * weeks);
});

test.each([
  [300, 2_000],
  [7_000, 150],
  [400, 400],
])("joining rare categories favours neither side, with %i rows of training and %i of the window", (trained, rows) => {
  const random = uniform(9);
  const drawn = (count: number): number[] => {
    const counts = new Array<number>(50).fill(0);
    for (let row = 0; row < count; row += 1) {
      const code = Math.floor(50 * (1 - Math.sqrt(random())));
      counts[code] = (counts[code] ?? 0) + 1;
    }
    return counts;
  };
  const rounds = 400;
  let rejected = 0;
  for (let round = 0; round < rounds; round += 1) {
    const { statistic, degreesOfFreedom } = chiSquared(
      pooledBins({ baseline: drawn(trained), window: drawn(rows) }, false),
    );
    if (chiSquaredTail(statistic, degreesOfFreedom) < 0.05) rejected += 1;
  }
  // 5 % of rounds, give or take three standard errors.
  expect(rejected / rounds).toBeGreaterThan(0.017);
  expect(rejected / rounds).toBeLessThan(0.083);
});

test.each<[string, Change, string]>([
  ["0.3 standard deviations", { shift: 0.3 }, "normal0"],
  ["a share from 10 % to 15 %", { share: 0.15 }, "category5"],
])("a shift of %s is found in 2,000 predictions", (_, change, feature) => {
  const found = weeksOf(2_000, 40, change).filter((report) => verdicts(report, feature) === "drift");
  expect(found.length).toBeGreaterThanOrEqual(38);
});

test("features that stop going together are found, though no single one drifts", () => {
  for (const report of weeksOf(2_000, 5, { correlation: 0 })) {
    expect(report.features.filter(({ verdict }) => verdict === "drift")).toEqual([]);
    expect(report.verdict).toBe("drift");
    expect(report.relations.changes.map(({ features }) => features)).toEqual([["normal1", "normal2"]]);
    expect(report.relations.sentence).toMatch(
      /^normal1 and normal2 no longer go together as they did: their rank correlation went from 0\.\d+ to -?0\.\d+\.$/,
    );
  }
});

test("what drifts within a segment is found, though the whole does not show it", () => {
  for (const report of weeksOf(2_000, 5, { within: 0.3 })) {
    expect(report.features.filter(({ verdict }) => verdict === "drift")).toEqual([]);
    const [segment] = report.segments.filter(({ verdict }) => verdict === "drift");
    expect(segment).toMatchObject({ column: "flag0", value: "1", verdict: "drift" });
    expect(segment?.sentence).toMatch(/^flag0 1: normal3: /);
  }
});
