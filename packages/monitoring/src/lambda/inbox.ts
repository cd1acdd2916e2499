import { z } from "zod";
import { MonitoringError } from "../errors";
import { alarmObservation } from "../findings/alarm-findings";
import { type Observation, observationSchema, type Severity } from "../findings/finding";
import { OBSERVATION_EVENT } from "../findings/finding-event";
import { noticeObservation } from "../findings/notice-findings";

/** What SNS puts around a message. */
const envelope = z.object({
  Type: z.literal("Notification"),
  TopicArn: z.string(),
  Message: z.string(),
  Subject: z.string().nullish(),
  Timestamp: z.iso.datetime(),
});

/** An event of the bus, as a rule passes it on. */
const busEvent = z.object({ source: z.string(), "detail-type": z.string(), detail: z.unknown() });

const ALARM_CHANGE = "CloudWatch Alarm State Change";
/** Run-books of alarms on figures that the weekly function publishes: it tells of them itself, in more words. */
const TOLD_BY_REPORTS: readonly string[] = ["drift", "auc-below-gate"];
/** Of alarms that no topic of ours carried. */
const UNTOLD: Severity = "performance";

/**
 * Reads what lies in the router's queue: alarms and texts as topics carry them, observations and alarms as the event bus does.
 *
 * @param severities - what each topic stands for, by its ARN
 * @throws MonitoringError `message_unreadable`, `alarm_unreadable`
 */
export function readMessage(body: string, severities: Readonly<Record<string, Severity>>): Observation {
  const message = parsed(body);
  const carried = envelope.safeParse(message);
  if (!carried.success) return ofBus(message);
  const { TopicArn: topic, Message: text, Subject: subject, Timestamp: at } = carried.data;
  const severity = severities[topic];
  if (severity === undefined) throw unreadable(`came by the topic ${topic}, which has no severity in TOPIC_SEVERITIES`);
  const inner = parsed(text);
  if (inner === undefined) return noticeObservation({ subject: subject ?? "", text, at }, severity);
  return busEvent.safeParse(inner).success ? ofBus(inner, severity) : ofAlarm(inner, severity);
}

function ofBus(message: unknown, severity: Severity = UNTOLD): Observation {
  const event = busEvent.safeParse(message);
  if (!event.success) throw unreadable("is neither a notification of SNS nor an event of EventBridge");
  const { source, detail, "detail-type": type } = event.data;
  if (type === ALARM_CHANGE) return ofAlarm(message, severity);
  if (source !== OBSERVATION_EVENT.source || type !== OBSERVATION_EVENT.detailType)
    throw unreadable(`is an event '${type.slice(0, 80)}' of ${source.slice(0, 80)}, which says nothing to people`);
  const observation = observationSchema.safeParse(detail);
  if (observation.success) return observation.data;
  const [issue] = observation.error.issues;
  throw unreadable(`is no observation: ${issue?.path.join(".")}: ${issue?.message}`);
}

/** An alarm, unless somebody would hear the same twice. */
function ofAlarm(message: unknown, severity: Severity): Observation {
  const observation = alarmObservation(message, severity);
  return { ...observation, findings: observation.findings.filter(({ runbook }) => !TOLD_BY_REPORTS.includes(runbook)) };
}

function unreadable(what: string): MonitoringError {
  return new MonitoringError("message_unreadable", `A message ${what}. It was left in the queue.`);
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
