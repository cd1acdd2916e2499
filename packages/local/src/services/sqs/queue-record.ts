import type { MessageAttributeValue } from "@aws-sdk/client-sqs";

/** A queue as it is kept. */
export interface QueueRecord {
  readonly name: string;
  readonly arn: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly created: number;
  readonly modified: number;
}

/** A message attribute as it is kept: binary values as base64. */
export interface KeptAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly binary?: string;
}

/** A message as it is kept. Times are epoch milliseconds. */
export interface MessageRecord {
  readonly id: string;
  readonly queue: string;
  /** Order of arrival within the queue. */
  readonly sequence: number;
  readonly body: string;
  readonly attributes: Readonly<Record<string, KeptAttribute>>;
  readonly sent: number;
  readonly visible: number;
  readonly receives: number;
  readonly firstReceived?: number;
  readonly receipt?: string;
  readonly group?: string;
  readonly deduplication?: string;
  /** A dead letter's queue of origin. */
  readonly source?: string;
}

/** Attributes that a queue begins with. */
export const queueDefaults: Readonly<Record<string, string>> = {
  VisibilityTimeout: "30",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  DelaySeconds: "0",
  ReceiveMessageWaitTimeSeconds: "0",
};

/** Reads a client's attributes into what is kept. */
export function keptAttributes(
  given: Record<string, MessageAttributeValue> | undefined,
): Record<string, KeptAttribute> {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([name, { DataType = "", StringValue, BinaryValue }]) => [
      name,
      BinaryValue
        ? { DataType, binary: Buffer.from(BinaryValue).toString("base64") }
        : { DataType, StringValue: StringValue ?? "" },
    ]),
  );
}

/** The reverse of {@link keptAttributes}. */
export function wireAttributes(kept: Readonly<Record<string, KeptAttribute>>): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Object.entries(kept).map(([name, { DataType, StringValue, binary }]) => [
      name,
      binary === undefined ? { DataType, StringValue } : { DataType, BinaryValue: Buffer.from(binary, "base64") },
    ]),
  );
}

/** What the service says of a message that has been received. */
export function systemAttributes(message: MessageRecord): Record<string, string> {
  return {
    SenderId: "AROASAGEWRIGHTEXECUTION:sagewright",
    SentTimestamp: String(message.sent),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceived),
    ...(message.group !== undefined && {
      MessageGroupId: message.group,
      SequenceNumber: String(message.sequence).padStart(20, "0"),
    }),
    ...(message.deduplication !== undefined && { MessageDeduplicationId: message.deduplication }),
    ...(message.source !== undefined && { DeadLetterQueueSourceArn: message.source }),
  };
}
