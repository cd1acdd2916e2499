import { request } from "node:http";
import type { RoomDeps } from "../../room";
import { type KeptAttribute, wireAttributes } from "../sqs/queue-record";
import type { Notification, SubscriptionRecord } from "./records";

/**
 * Hands a notification to its subscriber.
 * @throws Error of the receiver
 */
export async function deliver(deps: RoomDeps, subscription: SubscriptionRecord, note: Notification): Promise<void> {
  const raw = subscription.attributes.RawMessageDelivery === "true";
  switch (subscription.protocol) {
    case "sqs":
      await deps.invoke("sqs", "SendMessage", {
        QueueUrl: subscription.endpoint.replace(/^arn:.*:/, ""),
        MessageBody: raw ? note.message : JSON.stringify(envelope(note)),
        ...(raw && Object.keys(note.attributes).length > 0 && { MessageAttributes: wireAttributes(note.attributes) }),
        ...(note.group !== undefined && { MessageGroupId: note.group }),
        ...(note.deduplication !== undefined && { MessageDeduplicationId: note.deduplication }),
      });
      return;
    case "lambda":
      await deps.invoke("lambda", "Invoke", {
        FunctionName: subscription.endpoint,
        InvocationType: "Event",
        Payload: Buffer.from(JSON.stringify({ Records: [lambdaRecord(note)] })),
      });
      return;
    default:
      await post(subscription, note, raw);
  }
}

const timeoutMs = 15_000;

function post(subscription: SubscriptionRecord, note: Notification, raw: boolean): Promise<void> {
  const body = Buffer.from(raw && !note.confirm ? note.message : JSON.stringify(envelope(note)));
  const headers = {
    "content-type": "text/plain; charset=UTF-8",
    "content-length": body.byteLength,
    "user-agent": "Amazon Simple Notification Service Agent",
    "x-amz-sns-message-type": note.confirm ? "SubscriptionConfirmation" : "Notification",
    "x-amz-sns-message-id": note.messageId,
    "x-amz-sns-topic-arn": note.topicArn,
    ...(!note.confirm && { "x-amz-sns-subscription-arn": note.subscriptionArn }),
    ...(raw && !note.confirm && { "x-amz-sns-rawdelivery": "true" }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(subscription.endpoint, { method: "POST", headers, timeout: timeoutMs }, (incoming) => {
      incoming.resume();
      const status = incoming.statusCode ?? 0;
      if (status >= 200 && status < 300) incoming.once("end", resolve).once("error", reject);
      else reject(new Error(`${subscription.endpoint} answered ${status}`));
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error(`${subscription.endpoint} did not answer within 15 s`)));
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

/** What HTTP receivers and queues get. There is no certificate of AWS's here: signatures are empty. */
function envelope(note: Notification): Record<string, unknown> {
  const signature = { SignatureVersion: "1", Signature: "", SigningCertURL: "" };
  const head = { MessageId: note.messageId, TopicArn: note.topicArn };
  const Timestamp = new Date(note.published).toISOString();
  if (note.confirm) {
    const { token, url } = note.confirm;
    return {
      Type: "SubscriptionConfirmation",
      ...head,
      Token: token,
      Message: `You have chosen to subscribe to the topic ${note.topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
      SubscribeURL: url,
      Timestamp,
      ...signature,
    };
  }
  return {
    Type: "Notification",
    ...head,
    ...(note.subject !== undefined && { Subject: note.subject }),
    Message: note.message,
    Timestamp,
    ...signature,
    UnsubscribeURL: "",
    ...(Object.keys(note.attributes).length > 0 && { MessageAttributes: attributesOf(note.attributes) }),
  };
}

function attributesOf(attributes: Readonly<Record<string, KeptAttribute>>) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, binary }]) => [
      name,
      { Type: DataType, Value: StringValue ?? binary ?? "" },
    ]),
  );
}

function lambdaRecord(note: Notification): object {
  const { Type, MessageId, TopicArn, Subject, Message, Timestamp, MessageAttributes, ...rest } = envelope(note);
  return {
    EventSource: "aws:sns",
    EventVersion: "1.0",
    EventSubscriptionArn: note.subscriptionArn,
    Sns: {
      Type,
      MessageId,
      TopicArn,
      Subject: Subject ?? null,
      Message,
      Timestamp,
      ...rest,
      MessageAttributes: MessageAttributes ?? {},
    },
  };
}
