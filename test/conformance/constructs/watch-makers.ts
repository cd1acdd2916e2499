import { CloudWatch, type PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import type { Cloud } from "@sagewright/local";
import { arn, type Made, type Maker } from "./maker";

interface LogGroupProperties {
  readonly LogGroupName?: string;
  readonly RetentionInDays?: number;
}

/** Alarms and log groups. */
export function watchMakers(cloud: Cloud): Record<string, Maker> {
  const [cloudwatch, logs] = [new CloudWatch(cloud.clientConfig()), new CloudWatchLogs(cloud.clientConfig())];
  const alarm = async (settings: PutMetricAlarmInput): Promise<Made> => {
    const AlarmName = settings.AlarmName ?? "";
    await cloudwatch.putMetricAlarm(settings);
    return {
      ref: AlarmName,
      attributes: { Arn: arn("cloudwatch", `alarm:${AlarmName}`) },
      change({ Tags: _tags, ...next }: PutMetricAlarmInput) {
        return (next.AlarmName ?? AlarmName) === AlarmName ? alarm({ ...next, AlarmName }) : undefined;
      },
      remove: () => cloudwatch.deleteAlarms({ AlarmNames: [AlarmName] }),
    };
  };
  return {
    async "AWS::CloudWatch::Alarm"({ Tags: _tags, ...settings }: PutMetricAlarmInput, id) {
      return alarm({ ...settings, AlarmName: settings.AlarmName ?? id });
    },
    async "AWS::Logs::LogGroup"({ LogGroupName, RetentionInDays: retentionInDays }: LogGroupProperties, id) {
      const logGroupName = LogGroupName ?? id;
      await logs.createLogGroup({ logGroupName });
      if (retentionInDays !== undefined) await logs.putRetentionPolicy({ logGroupName, retentionInDays });
      return {
        ref: logGroupName,
        attributes: { Arn: arn("logs", `log-group:${logGroupName}:*`) },
        remove: () => logs.deleteLogGroup({ logGroupName }),
      };
    },
  };
}
