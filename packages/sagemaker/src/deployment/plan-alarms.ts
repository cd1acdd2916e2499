import type { CurrentDeployment } from "./current";
import type { DesiredDeployment } from "./desired";
import { alarmDifferences } from "./guard-alarms";
import type { PlannedChange, PlanWarning } from "./plan";

/** What becomes of the guarding alarms, and which of them would turn an update back at once. */
export function planAlarms(
  desired: DesiredDeployment,
  { alarms }: CurrentDeployment,
): { planned: PlannedChange[]; warnings: PlanWarning[] } {
  const planned = desired.alarms.map((input): PlannedChange => {
    const name = input.AlarmName ?? "";
    const found = alarms.get(name);
    const differences = found === undefined ? [] : alarmDifferences(found, input);
    const action = found === undefined ? "create" : differences.length > 0 ? "change" : "keep";
    const requests = action === "keep" ? [] : [{ operation: "PutMetricAlarm" as const, input }];
    return { kind: "Alarm", name, action, differences, requests };
  });
  const unknown = desired.furtherAlarms.filter((name) => !alarms.has(name));
  const ringing = [...alarms.values()].filter(({ StateValue }) => StateValue === "ALARM");
  const warnings = [
    ...unknown.map((name): PlanWarning => {
      const message = `serving.rollback.alarms: there is no alarm '${name}'. Make it, or remove it from the environment.`;
      return { code: "alarm_unknown", message, blocking: true };
    }),
    ...ringing.map(({ AlarmName, StateReason }): PlanWarning => {
      const message = `Alarm ${AlarmName} rings (${StateReason ?? "no reason given"}), so the update would be turned back. Wait until it is quiet, or deploy unguarded with --at-once.`;
      return { code: "alarm_rings", message, blocking: true };
    }),
  ];
  return { planned, warnings };
}
