import type {
  BatchResultErrorEntry,
  ChangeMessageVisibilityBatchRequest,
  ChangeMessageVisibilityRequest,
  CreateQueueRequest,
  CreateQueueResult,
  DeleteMessageBatchRequest,
  DeleteMessageRequest,
  DeleteQueueRequest,
  GetQueueAttributesRequest,
  GetQueueAttributesResult,
  GetQueueUrlRequest,
  ListDeadLetterSourceQueuesRequest,
  ListQueuesRequest,
  ListQueuesResult,
  ListQueueTagsRequest,
  Message,
  PurgeQueueRequest,
  ReceiveMessageRequest,
  ReceiveMessageResult,
  SendMessageBatchRequest,
  SendMessageRequest,
  SetQueueAttributesRequest,
  TagQueueRequest,
  UntagQueueRequest,
} from "@aws-sdk/client-sqs";
import { ServiceError } from "../../errors";
import type { Room, RoomDeps } from "../../room";
import { type CallContext, operation } from "../../service";
import { md5, md5OfAttributes } from "./digests";
import { checkQueueAttributes } from "./queue-attributes";
import { QueueMetrics } from "./queue-metrics";
import {
  keptAttributes,
  type MessageRecord,
  type QueueRecord,
  queueDefaults,
  systemAttributes,
  wireAttributes,
} from "./queue-record";
import { type Queues, redrive, seconds } from "./queues";

/** SQS: standard and FIFO queues with visibility, long polling and dead letters. */
export function sqsRoom(deps: RoomDeps & { readonly queues: Queues }): Room {
  const { queues } = deps;
  const metrics = new QueueMetrics(deps, queues);
  const closing = new AbortController();
  const now = () => deps.clock.now().getTime();
  const urlOf = ({ name }: { name: string }, { host }: CallContext) =>
    `http://${host ?? "127.0.0.1"}/${deps.accountId}/${name}`;

  const send = async (queue: QueueRecord, input: Omit<SendMessageRequest, "QueueUrl">) => {
    const body = input.MessageBody ?? "";
    const attributes = keptAttributes(input.MessageAttributes);
    checkMessage(queue, input);
    const fifo = queue.name.endsWith(".fifo");
    const deduplication =
      input.MessageDeduplicationId ??
      (fifo && queue.attributes.ContentBasedDeduplication === "true" ? md5(body) : undefined);
    if (fifo && deduplication === undefined) {
      throw invalid(
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
      );
    }
    const { id, sequence } = await queues.send(queue, {
      body,
      attributes,
      delaySeconds: input.DelaySeconds,
      group: input.MessageGroupId,
      deduplication: fifo ? deduplication : undefined,
    });
    const digest = md5OfAttributes(attributes);
    return {
      MessageId: id,
      MD5OfMessageBody: md5(body),
      ...(digest !== undefined && { MD5OfMessageAttributes: digest }),
      ...(fifo && { SequenceNumber: String(sequence).padStart(20, "0") }),
    };
  };

  return {
    operations: {
      CreateQueue: operation<CreateQueueRequest, CreateQueueResult>(async (input, context) => {
        const name = input.QueueName ?? "";
        const attributes = input.Attributes ?? {};
        if (!/^[\w-]{1,80}$/.test(name.replace(/\.fifo$/, ""))) {
          throw invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
        }
        checkQueueAttributes(attributes);
        if ((attributes.FifoQueue === "true") !== name.endsWith(".fifo")) {
          throw invalid(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
          );
        }
        const known = queues.records.get(name);
        const differs = Object.entries(attributes).find(([key, value]) => known && known.attributes[key] !== value);
        if (differs) {
          throw new ServiceError(
            "QueueNameExists",
            `A queue already exists with the same name and a different value for attribute ${differs[0]}`,
          );
        }
        if (!known) {
          await queues.records.put(name, {
            name,
            arn: `arn:aws:sqs:${deps.region}:${deps.accountId}:${name}`,
            attributes: { ...queueDefaults, ...attributes },
            tags: input.tags ?? {},
            created: now(),
            modified: now(),
          });
          queues.wake(name);
        }
        return { QueueUrl: urlOf({ name }, context) };
      }),
      GetQueueUrl: operation<GetQueueUrlRequest, CreateQueueResult>((input, context) => ({
        QueueUrl: urlOf(queues.get(input.QueueName), context),
      })),
      ListQueues: operation<ListQueuesRequest, ListQueuesResult>((input, context) => {
        const names = queues.records
          .values()
          .map(({ name }) => name)
          .filter((name) => name.startsWith(input.QueueNamePrefix ?? ""))
          .sort()
          .filter((name) => input.NextToken === undefined || name > input.NextToken);
        const page = names.slice(0, input.MaxResults ?? 1000);
        return {
          QueueUrls: page.map((name) => urlOf({ name }, context)),
          ...(page.length < names.length && { NextToken: page.at(-1) }),
        };
      }),
      DeleteQueue: operation<DeleteQueueRequest, object>(async (input) => {
        const queue = queues.get(input.QueueUrl);
        await queues.purge(queue);
        await queues.records.delete(queue.name);
        return {};
      }),
      GetQueueAttributes: operation<GetQueueAttributesRequest, GetQueueAttributesResult>((input) => {
        const all = attributesOf(queues, queues.get(input.QueueUrl));
        const wanted: readonly string[] = input.AttributeNames ?? [];
        const named = Object.entries(all).filter(([name]) => wanted.includes("All") || wanted.includes(name));
        return named.length === 0 ? {} : { Attributes: Object.fromEntries(named) };
      }),
      SetQueueAttributes: operation<SetQueueAttributesRequest, object>(async (input) => {
        const queue = queues.get(input.QueueUrl);
        checkQueueAttributes(input.Attributes ?? {});
        const attributes = { ...queue.attributes, ...input.Attributes };
        if (attributes.RedrivePolicy === "") delete (attributes as Record<string, string>).RedrivePolicy;
        await queues.records.put(queue.name, { ...queue, attributes, modified: now() });
        return {};
      }),
      SendMessage: operation<SendMessageRequest, object>((input) => send(queues.get(input.QueueUrl), input)),
      SendMessageBatch: operation<SendMessageBatchRequest, object>((input) => {
        const queue = queues.get(input.QueueUrl);
        return batch(input.Entries, async (entry) => ({ Id: entry.Id, ...(await send(queue, entry)) }));
      }),
      ReceiveMessage: {
        sleeps: true,
        ...operation<ReceiveMessageRequest, ReceiveMessageResult>(async (input) => {
          const queue = queues.get(input.QueueUrl);
          const most = input.MaxNumberOfMessages ?? 1;
          if (!(most >= 1 && most <= 10)) {
            throw invalid(
              `Value ${most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
            );
          }
          const visibility = input.VisibilityTimeout ?? seconds(queue, "VisibilityTimeout");
          const wait = input.WaitTimeSeconds ?? seconds(queue, "ReceiveMessageWaitTimeSeconds");
          if (!(wait >= 0 && wait <= 20)) {
            throw invalid(
              `Value ${wait} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
            );
          }
          const until = now() + wait * 1000;
          for (;;) {
            const seen = queues.changes(queue.name);
            const found = await queues.receive(queue, most, visibility);
            if (found.length > 0) return { Messages: found.map((message) => messageView(message, input)) };
            if (now() >= until || closing.signal.aborted) return {};
            await queues.wait(queue.name, until, closing.signal, seen);
          }
        }),
      },
      DeleteMessage: operation<DeleteMessageRequest, object>(async (input) => {
        await queues.remove(queues.get(input.QueueUrl), input.ReceiptHandle ?? "");
        return {};
      }),
      DeleteMessageBatch: operation<DeleteMessageBatchRequest, object>((input) => {
        const queue = queues.get(input.QueueUrl);
        return batch(input.Entries, async ({ Id, ReceiptHandle = "" }) => {
          await queues.remove(queue, ReceiptHandle);
          return { Id };
        });
      }),
      ChangeMessageVisibility: operation<ChangeMessageVisibilityRequest, object>(async (input) => {
        await queues.show(queues.get(input.QueueUrl), input.ReceiptHandle ?? "", input.VisibilityTimeout ?? 0);
        return {};
      }),
      ChangeMessageVisibilityBatch: operation<ChangeMessageVisibilityBatchRequest, object>((input) => {
        const queue = queues.get(input.QueueUrl);
        return batch(input.Entries, async ({ Id, ReceiptHandle = "", VisibilityTimeout = 0 }) => {
          await queues.show(queue, ReceiptHandle, VisibilityTimeout);
          return { Id };
        });
      }),
      PurgeQueue: operation<PurgeQueueRequest, object>(async (input) => {
        await queues.purge(queues.get(input.QueueUrl));
        return {};
      }),
      ListDeadLetterSourceQueues: operation<ListDeadLetterSourceQueuesRequest, object>((input, context) => {
        const { arn } = queues.get(input.QueueUrl);
        const sources = queues.records.values().filter((queue) => redrive(queue).deadLetterTargetArn === arn);
        return { queueUrls: sources.map((queue) => urlOf(queue, context)) };
      }),
      ListQueueTags: operation<ListQueueTagsRequest, object>((input) => ({ Tags: queues.get(input.QueueUrl).tags })),
      TagQueue: operation<TagQueueRequest, object>(async (input) => {
        const queue = queues.get(input.QueueUrl);
        await queues.records.put(queue.name, { ...queue, tags: { ...queue.tags, ...input.Tags } });
        return {};
      }),
      UntagQueue: operation<UntagQueueRequest, object>(async (input) => {
        const queue = queues.get(input.QueueUrl);
        const tags = Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !input.TagKeys?.includes(key)));
        await queues.records.put(queue.name, { ...queue, tags });
        return {};
      }),
    },
    async recover() {
      metrics.recover();
    },
    async close() {
      metrics.close();
      closing.abort();
    },
  };
}

function checkMessage(queue: QueueRecord, input: Omit<SendMessageRequest, "QueueUrl">): void {
  const body = input.MessageBody ?? "";
  if (body === "") throw new ServiceError("MissingParameter", "The request must contain the parameter MessageBody.");
  const size = Buffer.byteLength(body);
  const most = seconds(queue, "MaximumMessageSize");
  if (size > most)
    throw invalid(`One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`);
  if (queue.name.endsWith(".fifo") && input.MessageGroupId === undefined) {
    throw new ServiceError("MissingParameter", "The request must contain the parameter MessageGroupId.");
  }
}

function attributesOf(queues: Queues, queue: QueueRecord): Record<string, string> {
  const { visible, notVisible, delayed } = queues.counts(queue);
  return {
    ...queue.attributes,
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(notVisible),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: String(Math.floor(queue.created / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modified / 1000)),
  };
}

function messageView(message: MessageRecord, input: ReceiveMessageRequest): Message {
  const system = systemAttributes(message);
  const asked: readonly string[] = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const shown = Object.entries(system).filter(([name]) => asked.includes("All") || asked.includes(name));
  const wanted = input.MessageAttributeNames ?? [];
  const kept = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) =>
      wanted.some(
        (each) =>
          each === "All" ||
          each === ".*" ||
          each === name ||
          (each.endsWith(".*") && name.startsWith(each.slice(0, -1))),
      ),
    ),
  );
  const digest = md5OfAttributes(kept);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(shown.length > 0 && { Attributes: Object.fromEntries(shown) }),
    ...(digest !== undefined && { MessageAttributes: wireAttributes(kept), MD5OfMessageAttributes: digest }),
  };
}

async function batch<E extends { Id: string | undefined }>(
  entries: readonly E[] | undefined,
  act: (entry: E) => Promise<object>,
): Promise<{ Successful: object[]; Failed: BatchResultErrorEntry[] }> {
  const list = entries ?? [];
  if (list.length === 0)
    throw new ServiceError("EmptyBatchRequest", "There should be at least one entry in the request.");
  if (list.length > 10) {
    throw new ServiceError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are 10. You have sent ${list.length}.`,
    );
  }
  if (new Set(list.map(({ Id }) => Id)).size < list.length) {
    throw new ServiceError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.");
  }
  const Successful: object[] = [];
  const Failed: BatchResultErrorEntry[] = [];
  for (const entry of list) {
    try {
      Successful.push(await act(entry));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

const invalid = (message: string): ServiceError => new ServiceError("InvalidParameterValue", message);
