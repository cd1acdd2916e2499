import type {
  CompositeAlarm,
  Dimension,
  MetricAlarm,
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
} from "@aws-sdk/client-cloudwatch";
import type { AlarmState } from "./alarm-states";

/** An alarm as it is kept. Times are epoch milliseconds. */
export interface AlarmRecord {
  readonly name: string;
  readonly state: AlarmState;
  readonly reason: string;
  /** JSON text. */
  readonly reasonData?: string;
  readonly stateUpdated: number;
  readonly transitioned: number;
  readonly configured: number;
  readonly arn: string;
  readonly actionsEnabled: boolean;
  /** Exactly one of the two is there. */
  readonly metric?: PutMetricAlarmInput;
  readonly composite?: PutCompositeAlarmInput;
}

/** Members that both kinds of alarms describe alike. */
function common(alarm: AlarmRecord) {
  const input = alarm.metric ?? alarm.composite;
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    ...(input?.AlarmDescription !== undefined && { AlarmDescription: input.AlarmDescription }),
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configured),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: input?.OKActions ?? [],
    AlarmActions: input?.AlarmActions ?? [],
    InsufficientDataActions: input?.InsufficientDataActions ?? [],
    StateValue: alarm.state,
    StateReason: alarm.reason,
    ...(alarm.reasonData !== undefined && { StateReasonData: alarm.reasonData }),
    StateUpdatedTimestamp: new Date(alarm.stateUpdated),
    StateTransitionedTimestamp: new Date(alarm.transitioned),
  };
}

/** DescribeAlarms' view of an alarm on metrics. */
export function metricAlarmView(alarm: AlarmRecord): MetricAlarm {
  const input = alarm.metric as PutMetricAlarmInput;
  const { Tags: _tags, ActionsEnabled: _enabled, ...own } = input;
  return {
    ...own,
    ...(input.MetricName !== undefined && { Dimensions: (input.Dimensions ?? []) as Dimension[] }),
    ...common(alarm),
  };
}

/** DescribeAlarms' view of a composite alarm. */
export function compositeAlarmView(alarm: AlarmRecord): CompositeAlarm {
  const input = alarm.composite as PutCompositeAlarmInput;
  return { AlarmRule: input.AlarmRule, ...common(alarm) };
}
