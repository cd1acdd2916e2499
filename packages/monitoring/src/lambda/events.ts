import type { EventBridge, PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { MonitoringError } from "../errors";
import { type Finding, type Observation, worse } from "../findings/finding";
import { FINDING_EVENT, OBSERVATION_EVENT } from "../findings/finding-event";

/** Entries of one request. */
const MOST_ENTRIES = 10;
/** An entry may have 256 KB with everything around it. */
const LARGEST_BYTES = 230_000;

/**
 * Puts an observation on the bus: as a whole for those who tell people, and each finding for those who train.
 *
 * @throws MonitoringError `event_refused` when the bus did not take all of it; the whole can be put again without harm
 */
export async function publish(
  events: Pick<EventBridge, "putEvents">,
  { bus, observation }: { readonly bus: string; readonly observation: Observation },
): Promise<void> {
  const at = { EventBusName: bus, Time: new Date(observation.at) };
  const entries: PutEventsRequestEntry[] = [
    {
      ...at,
      Source: OBSERVATION_EVENT.source,
      DetailType: OBSERVATION_EVENT.detailType,
      Detail: JSON.stringify(fitted(observation)),
    },
    ...observation.findings.map((finding) => ({
      ...at,
      Source: FINDING_EVENT.source,
      DetailType: FINDING_EVENT.detailType,
      Detail: JSON.stringify(finding),
    })),
  ];
  // The largest one goes alone.
  const batches = [entries.slice(0, 1)];
  for (let start = 1; start < entries.length; start += MOST_ENTRIES)
    batches.push(entries.slice(start, start + MOST_ENTRIES));
  for (const Entries of batches) await put(events, bus, Entries);
}

/** Puts at most ten entries on the bus. @throws MonitoringError `event_refused` */
export async function put(
  events: Pick<EventBridge, "putEvents">,
  bus: string,
  Entries: PutEventsRequestEntry[],
): Promise<void> {
  const { FailedEntryCount = 0, Entries: answers = [] } = await events.putEvents({ Entries });
  if (FailedEntryCount === 0) return;
  const code = answers.find(({ ErrorCode }) => ErrorCode !== undefined)?.ErrorCode ?? "no reason";
  const what = `The bus ${bus} refused ${FailedEntryCount} events (${code}). Run it again.`;
  throw new MonitoringError("event_refused", what, { facts: { bus, code } });
}

/**
 * An observation that fits into an event: the worst findings of it. What was left out is neither found nor cleared, so that
 * patterns, which clear what is not found, are left out with it.
 */
export function fitted(observation: Observation): Observation {
  if (bytesOf(observation) <= LARGEST_BYTES) return observation;
  const cleared = observation.cleared.filter((key) => !key.endsWith("/*"));
  const rest: Finding[] = [...observation.findings].sort(byWeight);
  const findings: Finding[] = [];
  let bytes = bytesOf({ ...observation, findings: [], cleared });
  for (const finding of rest) {
    bytes += bytesOf(finding) + 1;
    if (bytes > LARGEST_BYTES) break;
    findings.push(finding);
  }
  return { ...observation, findings, cleared };
}

function byWeight(one: Finding, other: Finding): number {
  if (one.severity === other.severity) return (other.magnitude ?? 0) - (one.magnitude ?? 0);
  return worse(one.severity, other.severity) === one.severity ? -1 : 1;
}

const bytesOf = (value: object): number => Buffer.byteLength(JSON.stringify(value));
