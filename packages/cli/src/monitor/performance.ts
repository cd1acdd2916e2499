import { measurePerformance, type PerformanceReport, readLabels, type Window } from "@sagewright/monitoring";
import { type CaptureSource, recordFiles } from "./capture-files";
import type { HourFiles } from "./hour-files";
import type { WatchedVersion } from "./watched";

const WEEK_MS = 7 * 86_400_000;
/** Weeks that are drawn. */
const WEEKS = 12;

/** What a version's performance is measured with. */
export interface PerformanceNeeds {
  readonly watched: WatchedVersion;
  readonly hours: HourFiles;
  readonly window: Window;
  /** Where true outcomes are. */
  readonly groundTruth: CaptureSource;
}

/** The performance of a window, and of the weeks before. */
export interface MeasuredPerformance {
  /** Of the window. */
  readonly performance: PerformanceReport;
  /** By weeks: the window, and at least as much before it as makes twelve weeks. */
  readonly history: PerformanceReport;
  /** The newest week that could be measured, where the window could not: labels come late. @default null */
  readonly latest: PerformanceReport | null;
  /** Records of outcomes that are none. */
  readonly refusedLabels: number;
}

/** Joins predictions and outcomes, and measures the window and the weeks before. */
export async function performanceOf({
  watched,
  hours,
  window,
  groundTruth,
}: PerformanceNeeds): Promise<MeasuredPerformance> {
  const { contract, baseline, threshold, minimumAuc } = watched;
  const task = contract.target.kind === "regression" ? "regression" : "binary";
  const twelve = new Date(Date.parse(window.to) - WEEKS * WEEK_MS).toISOString();
  const [from = window.from] = [twelve, window.from].sort();
  const past: Window = { from, to: window.to };
  const { labels, refused } = await readLabels(recordFiles(groundTruth), { since: past.from, task });
  const measure = (of: Window) =>
    measurePerformance(hours.scores(of), {
      window: of,
      task,
      labels,
      baseline,
      ...(threshold === undefined ? {} : { threshold }),
      ...(minimumAuc === undefined ? {} : { minimumAuc }),
    });
  const [performance, history] = [await measure(window), await measure(past)];
  const newest = history.weeks.findLast(({ verdict }) => verdict === "measured");
  const late = performance.overall.verdict !== "measured" && newest !== undefined;
  return { performance, history, latest: late ? await measure(newest.window) : null, refusedLabels: refused };
}
