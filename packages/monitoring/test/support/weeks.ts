import { type Baseline, compareWithBaseline, type DriftReport, emptySummary, RowCounter } from "../../src";
import { baselineOf } from "./baseline";
import { type Change, population, sample } from "./population";

/** Weeks of predictions, each compared with a baseline of its population. */
export interface Weeks {
  readonly weeks: number;
  /** Predictions of a week. */
  readonly rows: number;
  /** How the weeks differ from training. @default not at all */
  readonly change?: Change;
  readonly seed?: number;
  /** Rows of the training data. @default 7,000 */
  readonly training?: number;
  /** Weeks that share a baseline: one that happens to be odd must not speak for all. @default 50 */
  readonly weeksOfBaseline?: number;
}

/** The reports of simulated weeks, one after the other. */
export function* simulated({
  weeks,
  rows,
  change,
  seed = 1,
  training = 7_000,
  weeksOfBaseline = 50,
}: Weeks): Generator<DriftReport> {
  let baseline: Baseline | undefined;
  let counter: RowCounter | undefined;
  for (let week = 0; week < weeks; week += 1) {
    if (week % weeksOfBaseline === 0 || baseline === undefined || counter === undefined) {
      const origin = seed * 1_000_003 + week;
      baseline = baselineOf(population, sample(training, origin), sample(1_500, origin + 500_000_000));
      counter = new RowCounter(baseline, population);
    }
    const window = { from: "2026-01-05T00:00:00.000Z", to: "2026-01-12T00:00:00.000Z" };
    const summary = emptySummary(baseline, window);
    counter.addColumns(summary, sample(rows, seed * 7_000_003 + rows * 31 + week, change));
    yield compareWithBaseline({ baseline, contract: population, summary });
  }
}

/** Whether a week without drift would have woken somebody. */
export function isAlarm({ verdict, quality }: DriftReport): boolean {
  return verdict !== "no_drift" || quality.length > 0;
}

/** What a fixed limit for PSI, which knows no sample size, says of the same week. */
export function isFixedAlarm({ features, score }: DriftReport): boolean {
  return [...features, ...(score === undefined ? [] : [score])].some(({ statistics }) => (statistics?.psi ?? 0) > 0.1);
}
