import type { MetricDataQuery, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { metricsOf, runQueries } from "../metrics/metric-queries";
import type { MetricId, MetricStore } from "../metrics/metric-store";
import { type Datapoints, extraPeriods } from "./alarm-evaluation";

/** An alarm's metrics as queries: its own, or one for its single metric. */
export function alarmQueries(alarm: PutMetricAlarmInput): MetricDataQuery[] {
  if (alarm.Metrics) return alarm.Metrics;
  const Metric = { Namespace: alarm.Namespace, MetricName: alarm.MetricName, Dimensions: alarm.Dimensions };
  const Stat = alarm.Statistic ?? alarm.ExtendedStatistic;
  return [{ Id: "m1", MetricStat: { Metric, Period: alarm.Period, Stat, Unit: alarm.Unit }, ReturnData: true }];
}

/** The alarm's period: the longest of its metrics'. */
export const alarmPeriodMs = (alarm: PutMetricAlarmInput): number =>
  Math.max(1, ...alarmQueries(alarm).map(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? 0)) * 1000;

/**
 * Between two evaluations of an alarm: a minute; ten seconds below that; an hour when more than a day is looked at
 * (Amazon CloudWatch User Guide, "Evaluating an alarm").
 */
export function evaluationStepMs(alarm: PutMetricAlarmInput): number {
  const periodMs = alarmPeriodMs(alarm);
  if (periodMs < 60_000) return 10_000;
  return periodMs * (alarm.EvaluationPeriods ?? 1) > 86_400_000 ? 3_600_000 : 60_000;
}

/** What an alarm sees at a moment. */
export interface AlarmWindow {
  readonly range: Datapoints;
  /** Beginnings of the oldest and the newest period, epoch milliseconds. */
  readonly start: number;
  readonly end: number;
  /** The next moment at which it will see something else, although no value comes; undefined for never. */
  readonly next: number | undefined;
}

/** Reads the periods that end at the last step before `now`. */
export function readWindow(metrics: MetricStore, alarm: PutMetricAlarmInput, now: number): AlarmWindow {
  const periodMs = alarmPeriodMs(alarm);
  const stepMs = evaluationStepMs(alarm);
  const count = (alarm.EvaluationPeriods ?? 1) + extraPeriods;
  const end = Math.floor(now / stepMs) * stepMs;
  const start = end - count * periodMs;
  const queries = alarmQueries(alarm);
  const [result] = runQueries(metrics, queries, { start, end, origin: end });
  const range = Array.from({ length: count }, (_each, index) => result?.series.get(start + index * periodMs));
  const values = metricsOf(queries).flatMap((metric) => moments(metrics, metric, start - periodMs, now));
  return { range, start, end, next: nextChange(values, { end, periodMs, stepMs, count }) };
}

const hoursAheadMs = 2 * 3_600_000;
const finestMs = 1000;

/** When values came; also those with a time that is still to come. */
function moments(metrics: MetricStore, metric: MetricId, from: number, now: number): number[] {
  return [...metrics.buckets({ ...metric, from, to: now + hoursAheadMs, periodMs: finestMs }).keys()];
}

function nextChange(
  values: readonly number[],
  { end, periodMs, stepMs, count }: { end: number; periodMs: number; stepMs: number; count: number },
): number | undefined {
  let next: number | undefined;
  for (const value of values) {
    // A value is seen from the first step after it, and moves on by one period at the same step of every later one.
    const first = (Math.floor(value / stepMs) + 1) * stepMs;
    const periods = Math.max(0, Math.floor((end - first) / periodMs) + 1);
    if (periods > count) continue;
    const moment = first + periods * periodMs;
    if (moment > end && (next === undefined || moment < next)) next = moment;
  }
  return next;
}
