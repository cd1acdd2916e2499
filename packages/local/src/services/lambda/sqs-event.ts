import { type EventPattern, matchesPattern, parsePattern } from "../events/event-pattern";
import { md5, md5OfAttributes } from "../sqs/digests";
import { type KeptAttribute, type MessageRecord, systemAttributes } from "../sqs/queue-record";

/** A message as a function gets it. */
export interface SqsEventRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, object>>;
  readonly md5OfBody: string;
  readonly md5OfMessageAttributes?: string;
  readonly eventSource: "aws:sqs";
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/** A received message in the shape of Lambda's SQS event. */
export function sqsEventRecord(message: MessageRecord, queueArn: string, region: string): SqsEventRecord {
  const digest = md5OfAttributes(message.attributes);
  return {
    messageId: message.id,
    receiptHandle: message.receipt ?? "",
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, kept]) => [name, eventAttribute(kept)]),
    ),
    md5OfBody: md5(message.body),
    ...(digest !== undefined && { md5OfMessageAttributes: digest }),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

const eventAttribute = ({ DataType, StringValue, binary }: KeptAttribute): object => ({
  ...(binary === undefined ? { stringValue: StringValue ?? "" } : { binaryValue: binary }),
  stringListValues: [],
  binaryListValues: [],
  dataType: DataType,
});

/** Whether a message matches one of the filters; without filters every one does. A pattern for the inside of a body needs a body of JSON. */
export function passesFilters(filters: readonly string[], record: SqsEventRecord): boolean {
  if (filters.length === 0) return true;
  return filters
    .map(parsePattern)
    .some((pattern) => matchesPattern(pattern, { ...record, body: bodyFor(pattern, record) }));
}

function bodyFor({ body: wanted }: EventPattern, { body }: SqsEventRecord): unknown {
  if (wanted === undefined || Array.isArray(wanted)) return body;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/**
 * Messages of a batch that a function reports as failed. An answer that cannot be understood, or names a message that was not
 * in the batch, fails them all; no answer fails none.
 */
export function failedMessages(payload: string, ids: readonly string[]): ReadonlySet<string> {
  const answer: unknown = JSON.parse(payload);
  if (answer === null) return new Set();
  const failures = typeof answer === "object" ? (answer as { batchItemFailures?: unknown }).batchItemFailures : answer;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return new Set(ids);
  const named = failures.map((each: { itemIdentifier?: unknown } | null) => each?.itemIdentifier);
  return named.every((id): id is string => typeof id === "string" && ids.includes(id)) ? new Set(named) : new Set(ids);
}
