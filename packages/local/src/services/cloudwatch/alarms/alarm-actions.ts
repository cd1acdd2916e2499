import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import type { RoomDeps } from "../../../room";
import type { AlarmRecord } from "./alarm-record";
import type { AlarmChange } from "./alarm-states";
import { alarmQueries } from "./alarm-window";

/** What Application Auto Scaling does when an alarm of one of its policies is on. */
export type ScalingAction = (policyArn: string, alarm: string) => Promise<void>;

/** The actions of a state. */
export function actionsOf(alarm: AlarmRecord, state: AlarmChange["to"]): readonly string[] {
  const input = alarm.metric ?? alarm.composite;
  if (state === "ALARM") return input?.AlarmActions ?? [];
  return (state === "OK" ? input?.OKActions : input?.InsufficientDataActions) ?? [];
}

/** Whether an action is a scaling policy's; those are repeated as long as the alarm is on. */
export const isScaling = (arn: string): boolean => /^arn:[^:]+:autoscaling:/.test(arn);

/**
 * Performs one action of an alarm.
 * @throws Error of the service that was called; Error for an action that is not emulated
 */
export async function performAction(
  deps: RoomDeps,
  arn: string,
  alarm: AlarmRecord,
  change: AlarmChange,
  scale: ScalingAction,
): Promise<void> {
  if (isScaling(arn)) await scale(arn, alarm.name);
  else if (/^arn:[^:]+:sns:/.test(arn)) {
    await deps.invoke("sns", "Publish", {
      TopicArn: arn,
      Subject: `${change.to}: "${alarm.name}" in ${regionName(deps.region)}`.slice(0, 100),
      Message: JSON.stringify(message(deps, alarm, change)),
    });
  } else if (/^arn:[^:]+:lambda:/.test(arn)) {
    await deps.invoke("lambda", "Invoke", {
      FunctionName: arn,
      InvocationType: "Event",
      Payload: Buffer.from(JSON.stringify(lambdaEvent(deps, alarm, change))),
    });
  } else throw new Error(`Actions of this kind are not emulated by Sagewright's embedded cloud: ${arn}`);
}

const regionNames: Record<string, string> = {
  "us-east-1": "US East (N. Virginia)",
  "us-east-2": "US East (Ohio)",
  "us-west-2": "US West (Oregon)",
  "eu-west-1": "EU (Ireland)",
  "eu-central-1": "EU (Frankfurt)",
};

const regionName = (region: string): string => regionNames[region] ?? region;

/** `2026-11-21T10:00:00.000+0000`, as alarms write moments. */
export const alarmTime = (time: Date): string => time.toISOString().replace("Z", "+0000");

/** What a topic's subscribers get. */
function message(deps: RoomDeps, alarm: AlarmRecord, change: AlarmChange): object {
  const input = alarm.metric ?? alarm.composite;
  return {
    AlarmName: alarm.name,
    AlarmDescription: input?.AlarmDescription ?? null,
    ...(alarm.composite && { AlarmRule: alarm.composite.AlarmRule }),
    AWSAccountId: deps.accountId,
    AlarmConfigurationUpdatedTimestamp: alarmTime(new Date(alarm.configured)),
    NewStateValue: change.to,
    NewStateReason: change.reason,
    StateChangeTime: alarmTime(change.time),
    Region: regionName(deps.region),
    AlarmArn: alarm.arn,
    OldStateValue: change.from,
    OKActions: input?.OKActions ?? [],
    AlarmActions: input?.AlarmActions ?? [],
    InsufficientDataActions: input?.InsufficientDataActions ?? [],
    ...(alarm.metric && { Trigger: trigger(alarm.metric) }),
  };
}

function trigger(input: PutMetricAlarmInput): object {
  const shared = {
    Period: input.Period ?? null,
    EvaluationPeriods: input.EvaluationPeriods,
    ...(input.DatapointsToAlarm !== undefined && { DatapointsToAlarm: input.DatapointsToAlarm }),
    ComparisonOperator: input.ComparisonOperator,
    Threshold: input.Threshold,
    TreatMissingData: input.TreatMissingData ?? "missing",
    EvaluateLowSampleCountPercentile: input.EvaluateLowSampleCountPercentile ?? "",
  };
  if (input.Metrics) return { ...shared, Metrics: input.Metrics };
  return {
    MetricName: input.MetricName,
    Namespace: input.Namespace,
    StatisticType: input.Statistic === undefined ? "ExtendedStatistic" : "Statistic",
    ...(input.Statistic === undefined
      ? { ExtendedStatistic: input.ExtendedStatistic }
      : { Statistic: statisticNames[input.Statistic] }),
    Unit: input.Unit ?? null,
    Dimensions: (input.Dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name })),
    ...shared,
  };
}

const statisticNames: Record<string, string> = {
  Average: "AVERAGE",
  Sum: "SUM",
  Minimum: "MINIMUM",
  Maximum: "MAXIMUM",
  SampleCount: "SAMPLE_COUNT",
};

/** What a function gets. */
function lambdaEvent(deps: RoomDeps, alarm: AlarmRecord, change: AlarmChange): object {
  const { detail } = alarmEvent(alarm, change);
  return {
    source: "aws.cloudwatch",
    alarmArn: alarm.arn,
    accountId: deps.accountId,
    time: alarmTime(change.time),
    region: deps.region,
    alarmData: detail,
  };
}

/** What the event bus hears of a change. */
export function alarmEvent(alarm: AlarmRecord, change: AlarmChange) {
  return {
    source: "aws.cloudwatch",
    detailType: "CloudWatch Alarm State Change",
    time: change.time,
    resources: [alarm.arn],
    detail: {
      alarmName: alarm.name,
      state: {
        value: change.to,
        reason: change.reason,
        ...(alarm.reasonData !== undefined && { reasonData: alarm.reasonData }),
        timestamp: alarmTime(change.time),
      },
      previousState: { value: change.from },
      configuration: configurationView(alarm),
    },
  };
}

/** What the event bus hears of an alarm that is made, changed or deleted. */
export function alarmConfigurationEvent(alarm: AlarmRecord, operation: "create" | "update" | "delete", time: Date) {
  return {
    ...{ source: "aws.cloudwatch", detailType: "CloudWatch Alarm Configuration Change", time, resources: [alarm.arn] },
    detail: {
      ...{ alarmName: alarm.name, operation },
      state: { value: alarm.state, timestamp: alarmTime(new Date(alarm.stateUpdated)) },
      configuration: {
        ...configurationView(alarm),
        ...{ alarmName: alarm.name, actionsEnabled: alarm.actionsEnabled },
        timestamp: alarmTime(new Date(alarm.configured)),
        ...{ alarmActions: actionsOf(alarm, "ALARM"), okActions: actionsOf(alarm, "OK") },
        insufficientDataActions: actionsOf(alarm, "INSUFFICIENT_DATA"),
      },
    },
  };
}

function configurationView({ metric, composite }: AlarmRecord) {
  const description = (metric ?? composite)?.AlarmDescription;
  return {
    ...(description !== undefined && { description }),
    ...(composite
      ? { alarmRule: composite.AlarmRule }
      : { metrics: alarmQueries(metric as PutMetricAlarmInput).map(queryView) }),
  };
}

function queryView({ Id, MetricStat, Expression, Label, ReturnData }: ReturnType<typeof alarmQueries>[number]) {
  return {
    id: Id,
    ...(MetricStat && {
      metricStat: {
        metric: {
          namespace: MetricStat.Metric?.Namespace,
          name: MetricStat.Metric?.MetricName,
          dimensions: Object.fromEntries((MetricStat.Metric?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
        },
        period: MetricStat.Period,
        stat: MetricStat.Stat,
      },
    }),
    ...(Expression !== undefined && { expression: Expression }),
    ...(Label !== undefined && { label: Label }),
    returnData: ReturnData !== false,
  };
}
