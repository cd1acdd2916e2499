import type { S3 } from "@aws-sdk/client-s3";
import { compareWithBaseline } from "../drift/compare";
import type { DriftReport } from "../drift/report";
import { measurePerformance } from "../performance/measure";
import type { PerformanceReport } from "../performance/report";
import { mergeSummaries } from "../summary/merge";
import type { Summary } from "../summary/summary";
import type { Window } from "../window";
import type { HourObjects } from "./hour-objects";
import { labelsOf } from "./label-objects";
import type { WatchedVersion } from "./registry";

/** A version's window, judged. */
export interface JudgedVersion {
  readonly version: string;
  /** Event time of the last prediction; empty where there was none. */
  readonly last: string;
  readonly drift: DriftReport;
  readonly performance: PerformanceReport;
  /** By weeks, for twelve weeks. */
  readonly history: PerformanceReport;
  /** The newest week that could be measured, where the window could not: labels come late. */
  readonly latest?: PerformanceReport;
}

/** What a version is judged by. */
export interface JudgeNeeds {
  readonly s3: Pick<S3, "listObjectsV2" | "getObject">;
  readonly watched: WatchedVersion;
  readonly hours: HourObjects;
  readonly bucket: string;
  /** Prefix of true outcomes. */
  readonly labels: string;
  readonly minimumAuc?: number;
  readonly monitoring: { readonly falseAlarmShare?: number | undefined; readonly minimumSample?: number | undefined };
}

const WEEK_MS = 7 * 86_400_000;
/** Weeks that are looked through for the newest one with labels. */
const WEEKS = 12;

/** Holds a window of a version's predictions against its baseline, and against what really happened. */
export async function judgeVersion(needs: JudgeNeeds, window: Window): Promise<JudgedVersion> {
  const { watched, hours, monitoring } = needs;
  const { baseline, contract, version } = watched;
  const summaries: Summary[] = [];
  for await (const summary of hours.summaries(window)) summaries.push(summary);
  const { falseAlarmShare, minimumSample } = monitoring;
  const drift = compareWithBaseline(
    { baseline, contract, summary: mergeSummaries(baseline, summaries, window) },
    {
      ...(falseAlarmShare === undefined ? {} : { significance: falseAlarmShare }),
      ...(minimumSample === undefined ? {} : { minimumRows: minimumSample }),
    },
  );
  const [last = ""] = drift.models
    .map((model) => model.last)
    .sort()
    .reverse();
  return { version, last, drift, ...(await performanceOf(needs, window)) };
}

async function performanceOf(
  { s3, watched, hours, bucket, labels: prefix, minimumAuc }: JudgeNeeds,
  window: Window,
): Promise<Pick<JudgedVersion, "performance" | "history" | "latest">> {
  const { baseline, contract, threshold } = watched;
  const task = contract.target.kind === "regression" ? "regression" : "binary";
  const to = new Date(window.to);
  const [from = window.from] = [new Date(to.getTime() - WEEKS * WEEK_MS).toISOString(), window.from].sort();
  const { labels } = await labelsOf(s3, { bucket, prefix, from: new Date(from), to, task });
  const measure = (of: Window) =>
    measurePerformance(hours.scores(of), {
      window: of,
      task,
      labels,
      baseline,
      ...(threshold === undefined ? {} : { threshold }),
      ...(minimumAuc === undefined || task === "regression" ? {} : { minimumAuc }),
    });
  const [performance, history] = [await measure(window), await measure({ from, to: window.to })];
  const newest = history.weeks.findLast(({ verdict }) => verdict === "measured");
  if (performance.overall.verdict === "measured" || newest === undefined) return { performance, history };
  return { performance, history, latest: await measure(newest.window) };
}
