import type {
  DeleteAlarmsInput,
  DescribeAlarmHistoryInput,
  DescribeAlarmHistoryOutput,
  DescribeAlarmsForMetricInput,
  DescribeAlarmsForMetricOutput,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  EnableAlarmActionsInput,
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
  SetAlarmStateInput,
} from "@aws-sdk/client-cloudwatch";
import { ServiceError } from "../../../errors";
import type { RoomDeps } from "../../../room";
import { type OperationTable, operation } from "../../../service";
import { metricsOf } from "../metrics/metric-queries";
import { dimensionsOf, invalid } from "../metrics/metric-request";
import { seriesKey } from "../metrics/metric-store";
import { pageAfter } from "../page";
import { alarmConfigurationEvent } from "./alarm-actions";
import type { AlarmBook } from "./alarm-book";
import { checkAlarm } from "./alarm-checks";
import { type AlarmRecord, compositeAlarmView, metricAlarmView } from "./alarm-record";
import { parseAlarmRule } from "./alarm-rule";
import type { AlarmRunner } from "./alarm-runner";
import type { AlarmState } from "./alarm-states";
import { alarmQueries } from "./alarm-window";

/** Operations on alarms. */
export function alarmOperations(deps: RoomDeps, book: AlarmBook, runner: AlarmRunner): OperationTable {
  const { alarms } = book;
  const now = () => deps.clock.now().getTime();

  const put = async (name: string, kind: Pick<AlarmRecord, "metric" | "composite">, enabled?: boolean) => {
    const before = alarms.get(name);
    const time = now();
    const record: AlarmRecord = {
      name,
      arn: `arn:aws:cloudwatch:${deps.region}:${deps.accountId}:alarm:${name}`,
      state: before?.state ?? "INSUFFICIENT_DATA",
      reason: before?.reason ?? "Unchecked: Initial alarm creation",
      ...(before?.reasonData !== undefined && { reasonData: before.reasonData }),
      stateUpdated: before?.stateUpdated ?? time,
      transitioned: before?.transitioned ?? time,
      configured: time,
      actionsEnabled: enabled !== false,
      ...kind,
    };
    await alarms.put(name, record);
    await book.note({
      name,
      kind: kind.metric ? "MetricAlarm" : "CompositeAlarm",
      time,
      type: "ConfigurationUpdate",
      summary: `Alarm "${name}" ${before ? "updated" : "created"}`,
      data: JSON.stringify({
        version: "1.0",
        type: before ? "Update" : "Create",
        updatedAlarm: kind.metric ?? kind.composite,
      }),
    });
    deps.bus.publish(alarmConfigurationEvent(record, before ? "update" : "create", new Date(time)));
    runner.watch(record);
    return {};
  };
  const setActions = async (names: readonly string[] | undefined, actionsEnabled: boolean) => {
    const known = (names ?? []).flatMap((name) => alarms.get(name) ?? []);
    await Promise.all(known.map((alarm) => alarms.put(alarm.name, { ...alarm, actionsEnabled })));
    return {};
  };

  return {
    PutMetricAlarm: operation<PutMetricAlarmInput, object>((input) => {
      checkAlarm(input);
      return put(input.AlarmName ?? "", { metric: input }, input.ActionsEnabled);
    }),
    PutCompositeAlarm: operation<PutCompositeAlarmInput, object>((input) => {
      if (input.ActionsSuppressor !== undefined) {
        throw invalid("ActionsSuppressor is not emulated by Sagewright's embedded cloud: leave it out.");
      }
      const missing = parseAlarmRule(input.AlarmRule ?? "").alarms.filter((name) => !alarms.has(name));
      if (missing.length > 0) {
        throw new ServiceError(
          "ValidationError",
          `AlarmRule must not refer to alarms that do not exist: ${missing.join(", ")}`,
        );
      }
      return put(input.AlarmName ?? "", { composite: input }, input.ActionsEnabled);
    }),
    DescribeAlarms: operation<DescribeAlarmsInput, DescribeAlarmsOutput>((input) => {
      for (const member of ["ChildrenOfAlarmName", "ParentsOfAlarmName"] as const) {
        if (input[member] !== undefined) {
          throw invalid(`${member} is not emulated by Sagewright's embedded cloud: leave it out.`);
        }
      }
      const types = input.AlarmTypes ?? ["MetricAlarm"];
      const found = alarms
        .values()
        .filter(
          (alarm) =>
            (input.AlarmNames === undefined || input.AlarmNames.length === 0
              ? types.includes(alarm.metric ? "MetricAlarm" : "CompositeAlarm")
              : input.AlarmNames.includes(alarm.name) &&
                (input.AlarmTypes === undefined || types.includes(alarm.metric ? "MetricAlarm" : "CompositeAlarm"))) &&
            alarm.name.startsWith(input.AlarmNamePrefix ?? "") &&
            (input.StateValue === undefined || alarm.state === input.StateValue) &&
            (input.ActionPrefix === undefined ||
              ((alarm.metric ?? alarm.composite)?.AlarmActions ?? []).some((arn) =>
                arn.startsWith(input.ActionPrefix ?? ""),
              )),
        )
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const { items, NextToken } = pageAfter(found, ({ name }) => name, input.MaxRecords ?? 50, input.NextToken);
      return {
        MetricAlarms: items.filter(({ metric }) => metric).map(metricAlarmView),
        CompositeAlarms: items.filter(({ composite }) => composite).map(compositeAlarmView),
        ...(NextToken !== undefined && { NextToken }),
      };
    }),
    DescribeAlarmsForMetric: operation<DescribeAlarmsForMetricInput, DescribeAlarmsForMetricOutput>((input) => {
      const key = seriesKey({
        namespace: input.Namespace ?? "",
        name: input.MetricName ?? "",
        dimensions: dimensionsOf(input.Dimensions),
      });
      return {
        MetricAlarms: alarms
          .values()
          .filter(({ metric }) => metric && metricsOf(alarmQueries(metric)).some((each) => seriesKey(each) === key))
          .filter(
            ({ metric }) =>
              (input.Statistic === undefined || metric?.Statistic === input.Statistic) &&
              (input.ExtendedStatistic === undefined || metric?.ExtendedStatistic === input.ExtendedStatistic) &&
              (input.Period === undefined || metric?.Period === input.Period) &&
              (input.Unit === undefined || metric?.Unit === input.Unit),
          )
          .map(metricAlarmView),
      };
    }),
    DeleteAlarms: operation<DeleteAlarmsInput, object>(async (input) => {
      const names = [...new Set(input.AlarmNames)];
      for (const name of names) {
        const parent = alarms
          .values()
          .find(
            ({ name: own, composite }) =>
              composite && !names.includes(own) && parseAlarmRule(composite.AlarmRule ?? "").alarms.includes(name),
          );
        if (parent) {
          throw new ServiceError(
            "ValidationError",
            `${name} cannot be deleted: the alarm ${parent.name} depends on it.`,
          );
        }
      }
      const unknown = names.filter((name) => !alarms.has(name));
      if (unknown.length > 0) throw new ServiceError("ResourceNotFound", `Alarms not found: ${unknown.join(", ")}`);
      const deleted = names.flatMap((name) => alarms.get(name) ?? []);
      for (const name of names) runner.forget(name);
      await Promise.all(names.map((name) => alarms.delete(name)));
      for (const alarm of deleted) deps.bus.publish(alarmConfigurationEvent(alarm, "delete", deps.clock.now()));
      return {};
    }),
    SetAlarmState: operation<SetAlarmStateInput, object>(async (input) => {
      const name = input.AlarmName ?? "";
      if (!alarms.has(name)) throw new ServiceError("ResourceNotFound", `Alarm ${name} does not exist.`);
      if (!["OK", "ALARM", "INSUFFICIENT_DATA"].includes(input.StateValue ?? "")) {
        throw invalid(`The value ${input.StateValue} for parameter StateValue is not OK, ALARM or INSUFFICIENT_DATA.`);
      }
      if (input.StateReasonData !== undefined && !isJson(input.StateReasonData)) {
        throw new ServiceError("InvalidFormatFault", "StateReasonData was not a valid JSON.");
      }
      await runner.change(name, input.StateValue as AlarmState, input.StateReason ?? "", input.StateReasonData);
      return {};
    }),
    EnableAlarmActions: operation<EnableAlarmActionsInput, object>((input) => setActions(input.AlarmNames, true)),
    DisableAlarmActions: operation<EnableAlarmActionsInput, object>((input) => setActions(input.AlarmNames, false)),
    DescribeAlarmHistory: operation<DescribeAlarmHistoryInput, DescribeAlarmHistoryOutput>((input) => {
      const types = input.AlarmTypes ?? ["MetricAlarm"];
      const lines = book
        .history()
        .filter(
          (line) =>
            (input.AlarmName === undefined ? types.includes(line.kind) : line.name === input.AlarmName) &&
            (input.HistoryItemType === undefined || line.type === input.HistoryItemType) &&
            line.time >= (input.StartDate?.getTime() ?? 0) &&
            line.time <= (input.EndDate?.getTime() ?? Number.POSITIVE_INFINITY),
        );
      if (input.ScanBy !== "TimestampAscending") lines.reverse();
      const { items, NextToken } = pageAfter(lines, ({ id }) => id, input.MaxRecords ?? 100, input.NextToken);
      return {
        AlarmHistoryItems: items.map((line) => ({
          AlarmName: line.name,
          AlarmType: line.kind,
          Timestamp: new Date(line.time),
          HistoryItemType: line.type,
          HistorySummary: line.summary,
          HistoryData: line.data,
        })),
        ...(NextToken !== undefined && { NextToken }),
      };
    }),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
