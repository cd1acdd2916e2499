import { z } from "zod";
import { MonitoringError } from "../errors";
import type { Finding, Observation, Severity } from "./finding";

/** What an alarm's description says to people, and to the router. */
export interface AlarmNotes {
  /** What it means, in a sentence. */
  readonly what: string;
  /** What to do first. */
  readonly action: string;
  /** Page of docs/runbooks, without `.md`. */
  readonly runbook: string;
  /** @default the alarm is of no model */
  readonly model?: string;
}

/** The description of an alarm that {@link alarmObservation} can read: lines, for people too. At most 1,024 characters. */
export function alarmDescription({ what, action, runbook, model }: AlarmNotes): string {
  const lines = [
    what,
    `What to do: ${action}`,
    ...(model === undefined ? [] : [`Model: ${model}`]),
    `Run-book: ${runbook}`,
  ];
  return lines.join("\n");
}

const state = z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]);

/** What SNS carries. */
const notification = z.object({
  AlarmName: z.string().min(1),
  AlarmDescription: z.string().nullish(),
  NewStateValue: state,
  NewStateReason: z.string().default(""),
  StateChangeTime: z.string(),
});

/** What EventBridge carries. */
const event = z.object({
  "detail-type": z.literal("CloudWatch Alarm State Change"),
  detail: z.object({
    alarmName: z.string().min(1),
    state: z.object({ value: state, reason: z.string().default(""), timestamp: z.string() }),
    configuration: z.object({ description: z.string().nullish() }).optional(),
  }),
});

/**
 * A change of a CloudWatch alarm, as SNS or EventBridge carries it. Without data nothing is known, so nothing is found or
 * cleared.
 *
 * @throws MonitoringError `alarm_unreadable`
 */
export function alarmObservation(message: unknown, severity: Severity): Observation {
  const alarm = read(message);
  const key = `alarm/${alarm.name}`;
  const at = momentOf(alarm.time);
  if (alarm.state === "INSUFFICIENT_DATA") return { format: 1, at, findings: [], cleared: [] };
  if (alarm.state === "OK") return { format: 1, at, findings: [], cleared: [key] };
  return { format: 1, at, findings: [ofAlarm(alarm, { key, at, severity })], cleared: [] };
}

interface Alarm {
  readonly name: string;
  readonly description: string;
  readonly state: z.output<typeof state>;
  readonly reason: string;
  readonly time: string;
}

function read(message: unknown): Alarm {
  const sent = notification.safeParse(message);
  if (sent.success) {
    const {
      AlarmName: name,
      AlarmDescription,
      NewStateValue,
      NewStateReason: reason,
      StateChangeTime: time,
    } = sent.data;
    return { name, description: AlarmDescription ?? "", state: NewStateValue, reason, time };
  }
  const told = event.safeParse(message);
  if (!told.success) {
    throw new MonitoringError(
      "alarm_unreadable",
      "A message is no change of a CloudWatch alarm. Nothing was taken in.",
    );
  }
  const { alarmName: name, state: now, configuration } = told.data.detail;
  const description = configuration?.description ?? "";
  return { name, description, state: now.value, reason: now.reason, time: now.timestamp };
}

function ofAlarm(alarm: Alarm, { key, at, severity }: { key: string; at: string; severity: Severity }): Finding {
  const lines = alarm.description.split("\n").map((line) => line.trim());
  const after = (label: string) => lines.find((line) => line.startsWith(`${label}: `))?.slice(label.length + 2);
  const page = /([a-z0-9-]+)(\.md)?$/.exec(after("Run-book") ?? "")?.[1];
  const [what = ""] = lines;
  return {
    key,
    kind: "alarm",
    severity,
    subject: alarm.name.slice(0, 255),
    what: (what === "" ? `The alarm ${alarm.name} is on.` : what).slice(0, 1_000),
    extent: (alarm.reason === "" ? `The alarm ${alarm.name} is on.` : `${alarm.name}: ${alarm.reason}`).slice(0, 1_000),
    since: at,
    model: { name: (after("Model") ?? "service").slice(0, 100) },
    action: (after("What to do") ?? "Open the alarm in CloudWatch and see what its metric says.").slice(0, 1_000),
    runbook: page ?? "alarm",
  };
}

/** Alarms write `+0000`. */
function momentOf(text: string): string {
  const time = Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  if (Number.isNaN(time))
    throw new MonitoringError("alarm_unreadable", `An alarm changed at '${text.slice(0, 40)}', which is no moment.`);
  return new Date(time).toISOString();
}
