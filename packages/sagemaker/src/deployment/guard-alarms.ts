import type { MetricAlarm, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import type { Serving } from "../environment/serving";
import { type Difference, difference } from "./difference";

/** Settings of a real-time endpoint, as an environment has them. */
export type EndpointServing = Extract<Serving, { mode: "endpoint" }>;

/** What turns an update back. */
export type RollbackRules = EndpointServing["rollback"];

/** One alarm that guards an endpoint: names, metric and threshold, without any account's ARNs. */
export interface GuardAlarm {
  /** `sagewright-ENDPOINT-5xx` and the like: at most 255 characters. */
  readonly name: string;
  readonly description: string;
  /** Of the namespace AWS/SageMaker, with the dimensions EndpointName and VariantName. */
  readonly metric: "Invocation5XXErrors" | "InvocationModelErrors" | "ModelLatency";
  readonly endpoint: string;
  readonly variants: readonly string[];
  /** `Sum`, or a percentile such as `p99`. */
  readonly statistic: "Sum" | "p99";
  /** The alarm rings above it. Latencies are in microseconds. */
  readonly threshold: number;
  readonly periodSeconds: 60;
  readonly evaluationPeriods: number;
}

/** Namespace of an endpoint's metrics. */
export const ENDPOINT_METRICS = "AWS/SageMaker";

const MICROSECONDS = 1_000;

/**
 * The alarms that guard an endpoint while it is updated, and that an on-call engineer is told of afterwards. A model error is any
 * answer of the container but 2XX, which requests prepared by the API never cause themselves.
 */
export function guardAlarms(endpoint: string, variants: readonly string[], rules: RollbackRules): GuardAlarm[] {
  const { errorsPerMinute, latencyP99Ms, minutes } = rules;
  const common = { endpoint, variants, periodSeconds: 60 as const, evaluationPeriods: minutes };
  const often = `more than ${errorsPerMinute} a minute, ${minutes} min in a row`;
  const errors = (word: "5xx" | "model-errors", metric: GuardAlarm["metric"], what: string): GuardAlarm => ({
    ...common,
    name: guardAlarmName(endpoint, word),
    description: `Endpoint ${endpoint}: ${what}, ${often}. Turns an update back.`,
    metric,
    statistic: "Sum",
    threshold: errorsPerMinute,
  });
  const alarms = [
    errors("5xx", "Invocation5XXErrors", "5xx answers"),
    errors("model-errors", "InvocationModelErrors", "answers of the container other than 2XX"),
  ];
  if (latencyP99Ms === undefined) return alarms;
  const slow: GuardAlarm = {
    ...common,
    name: guardAlarmName(endpoint, "latency-p99"),
    description: `Endpoint ${endpoint}: 99 % of model latencies within ${latencyP99Ms} ms no longer holds, ${minutes} min in a row. Turns an update back.`,
    metric: "ModelLatency",
    statistic: "p99",
    threshold: latencyP99Ms * MICROSECONDS,
  };
  return [...alarms, slow];
}

/** Last words of the guarding alarms' names. */
export const guardWords = ["5xx", "model-errors", "latency-p99"] as const;

/** Name of an endpoint's guarding alarm. */
export function guardAlarmName(endpoint: string, word: (typeof guardWords)[number]): string {
  return `${guardAlarmPrefix(endpoint)}-${word}`;
}

/** What the names of guarding alarms begin with, of an endpoint or of all endpoints whose names begin so. */
export function guardAlarmPrefix(endpoint: string): string {
  return `sagewright-${endpoint}`;
}

/** The request that makes an alarm what it should be. Of several variants the sum of errors and the worst latency count. */
export function alarmRequest(alarm: GuardAlarm, tags: Readonly<Record<string, string>> = {}): PutMetricAlarmInput {
  const { name, description, threshold, evaluationPeriods } = alarm;
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    AlarmName: name,
    AlarmDescription: description,
    ...watched(alarm),
    Threshold: threshold,
    ComparisonOperator: "GreaterThanThreshold",
    EvaluationPeriods: evaluationPeriods,
    DatapointsToAlarm: evaluationPeriods,
    // No request is no error: an endpoint at night is not turned back.
    TreatMissingData: "notBreaching",
    ...(Tags.length === 0 ? {} : { Tags }),
  };
}

function watched(alarm: GuardAlarm): Partial<PutMetricAlarmInput> {
  const [only, ...more] = alarm.variants.map((variant) => metricOf(alarm, variant));
  const Period = alarm.periodSeconds;
  if (only !== undefined && more.length === 0) {
    const statistic =
      alarm.statistic === "Sum" ? { Statistic: "Sum" as const } : { ExtendedStatistic: alarm.statistic };
    return { ...only, ...statistic, Period };
  }
  const queries = alarm.variants.map((variant, index) => ({
    Id: `m${index}`,
    MetricStat: { Metric: metricOf(alarm, variant), Period, Stat: alarm.statistic },
    ReturnData: false,
  }));
  const over = alarm.statistic === "Sum" ? "SUM" : "MAX";
  const Expression = `${over}([${queries.map(({ Id }) => `FILL(${Id}, 0)`).join(", ")}])`;
  return {
    Metrics: [...queries, { Id: "all", Expression, Label: `${alarm.metric} of all variants`, ReturnData: true }],
  };
}

function metricOf({ metric, endpoint }: GuardAlarm, variant: string) {
  return {
    Namespace: ENDPOINT_METRICS,
    MetricName: metric,
    Dimensions: [
      { Name: "EndpointName", Value: endpoint },
      { Name: "VariantName", Value: variant },
    ],
  };
}

/** Where an alarm that is there differs from what it should be. */
export function alarmDifferences(found: MetricAlarm, wanted: PutMetricAlarmInput): Difference[] {
  const members = [
    "MetricName",
    "Statistic",
    "ExtendedStatistic",
    "Threshold",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "ComparisonOperator",
    "TreatMissingData",
  ] as const;
  const plain = members.flatMap((path) => difference(path, found[path], wanted[path]));
  const [before, after] = [found.Metrics ?? [], wanted.Metrics ?? []].map(
    (metrics) =>
      metrics.map(({ Expression, MetricStat }) => Expression ?? MetricStat?.Metric?.MetricName).join(" ") || undefined,
  );
  return [...plain, ...difference("Metrics", before, after)];
}
