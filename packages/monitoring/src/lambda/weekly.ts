import { EventBridge } from "@aws-sdk/client-eventbridge";
import type { S3 } from "@aws-sdk/client-s3";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { z } from "zod";
import { reportObservation } from "../findings/report-observation";
import { driftMetrics, performanceMetrics } from "../metrics/metrics";
import { embeddedMetrics } from "../metrics/publish";
import type { Window } from "../window";
import { json, prefix, required, type Variables } from "./environment";
import { publish } from "./events";
import { HourObjects } from "./hour-objects";
import { type JudgedVersion, judgeVersion } from "./judge-version";
import { log, momentOf, type TimedEvent } from "./moment";
import { listFolders, openS3 } from "./objects";
import { folderOf, openVersion, registeredVersions } from "./registry";

/** What a week came to. */
export interface WeeklyAnswer {
  /** The version that answers now. */
  readonly version: string;
  readonly drift: string;
  readonly performance: string;
  readonly findings: number;
  /** Keys of the reports, one for each version that answered. */
  readonly reports: readonly string[];
}

const HOUR_MS = 3_600_000;

/**
 * Judges the window that ends at the event's hour: each version that answered has its report; of the one that answers now people
 * are told. The same event again tells nothing twice.
 *
 * @returns null where no version is registered yet
 * @throws MonitoringError `environment_incomplete`, `event_refused`; and as `openVersion` does
 */
export async function handler(event: TimedEvent): Promise<WeeklyAnswer | null> {
  const time = momentOf(event, new Date());
  const settings = settingsOf(process.env);
  const { model, bucket, reports: place, monitoring } = settings;
  const s3 = openS3();
  const to = Math.floor(time.getTime() / HOUR_MS) * HOUR_MS;
  const window: Window = {
    from: new Date(to - monitoring.driftWindowDays * 24 * HOUR_MS).toISOString(),
    to: new Date(to).toISOString(),
  };
  const at = time.toISOString();
  const judged = await judgedVersions(s3, settings, window);
  const [serving] = [...judged].sort((a, b) => (a.last < b.last ? 1 : -1));
  if (serving === undefined) {
    log({ weekly: 1, model, left: `The group ${model} has no version yet. Run its pipeline first.` });
    return null;
  }
  const reports: string[] = [];
  for (const { version, drift, performance, latest } of judged) {
    const key = `${place}/${at.slice(0, 10)}/version-${version}.json`;
    const answers = version === serving.version ? "now" : "before";
    const report = { format: 1, kind: "weekly", model: { group: model, version }, answers, window, madeAt: at };
    const Body = JSON.stringify({ ...report, drift, performance, latest: latest ?? null });
    await s3.putObject({ Bucket: bucket, Key: key, Body, ContentType: "application/json" });
    reports.push(key);
  }
  const { labelDelayDays } = monitoring;
  const observation = reportObservation(serving, { name: model }, { at, labelDelayDays });
  for (const line of metricLines(serving, model, time)) process.stdout.write(`${line}\n`);
  await publish(new EventBridge({}), { bus: settings.bus, observation });
  const answer: WeeklyAnswer = {
    version: serving.version,
    drift: serving.drift.verdict,
    performance: (serving.latest ?? serving.performance).overall.verdict,
    findings: observation.findings.length,
    reports,
  };
  log({ weekly: 1, model, at, ...answer });
  return answer;
}

/** The hourly function counts predictions; here they would be counted twice. */
function metricLines({ drift, performance, latest }: JudgedVersion, model: string, at: Date): string[] {
  const { values, properties } = driftMetrics(drift);
  const { predictions: _, ...drifted } = values;
  const both = [{ values: drifted, properties }, performanceMetrics(latest ?? performance)];
  return both.flatMap((metrics) => embeddedMetrics(metrics, { model, at }) ?? []);
}

/** Every version with summaries in the window; the newest one, without any, where nothing was captured. */
async function judgedVersions(s3: S3, settings: Settings, window: Window): Promise<JudgedVersion[]> {
  const { model, bucket, summaries } = settings;
  const sagemaker = new SageMaker({});
  const versions = await registeredVersions({ sagemaker }, model);
  const open = async (version: string) => {
    const arn = versions.arns.get(version) ?? "";
    const watched = await openVersion({ sagemaker, s3 }, { version, arn, bucket, prefix: summaries });
    const own = `${summaries}/${folderOf(version, watched.baseline)}`;
    const hours = new HourObjects({ s3, bucket, prefix: own, baseline: watched.baseline });
    return { watched, hours, s3, ...settings };
  };
  const judged: JudgedVersion[] = [];
  for (const folder of await listFolders(s3, { bucket, prefix: `${summaries}/` })) {
    const [, version = ""] = /\/(\d+)-[0-9a-f]{12}\/$/.exec(folder) ?? [];
    if (!versions.arns.has(version)) continue;
    const opened = await open(version);
    const { sha256 } = opened.watched.baseline;
    // Summaries on the bins of a baseline that the version has no more.
    if (!folder.endsWith(`/${folderOf(version, { sha256 })}/`)) continue;
    if ((await opened.hours.hours(window)).length > 0) judged.push(await judgeVersion(opened, window));
  }
  if (judged.length > 0 || versions.newest === undefined) return judged;
  return [await judgeVersion(await open(versions.newest), window)];
}

/** The parts of an environment's `monitoring` section that are used here. */
const monitoringSchema = z.object({
  falseAlarmShare: z.number().gt(0).lt(1).optional(),
  minimumSample: z.number().int().min(1).optional(),
  driftWindowDays: z.number().int().min(1).max(92).default(7),
  labelDelayDays: z.number().min(0).default(30),
});

interface Settings extends ReturnType<typeof settingsOf> {}

function settingsOf(variables: Variables) {
  const model = required(variables, "MODEL");
  const gate = variables.GATE ?? "";
  return {
    model,
    bucket: required(variables, "BUCKET"),
    summaries: `${prefix(variables, "SUMMARIES")}/${model}`,
    reports: `${prefix(variables, "REPORTS")}/${model}`,
    labels: prefix(variables, "LABELS"),
    bus: required(variables, "EVENT_BUS"),
    monitoring: json(variables, "MONITORING", monitoringSchema, { driftWindowDays: 7, labelDelayDays: 30 }),
    ...(gate === "" ? {} : { minimumAuc: json(variables, "GATE", z.number().min(0).max(1)) }),
  };
}
