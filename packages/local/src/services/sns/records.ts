import type { KeptAttribute } from "../sqs/queue-record";

/** A topic as it is kept. */
export interface TopicRecord {
  readonly name: string;
  readonly arn: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** A subscription as it is kept. */
export interface SubscriptionRecord {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** By which the receiver confirms; absent once it has. */
  readonly token?: string;
}

/** A message on its way to one subscriber. */
export interface Notification {
  readonly subscriptionArn: string;
  readonly topicArn: string;
  readonly messageId: string;
  /** Epoch milliseconds. */
  readonly published: number;
  readonly message: string;
  readonly subject?: string;
  readonly attributes: Readonly<Record<string, KeptAttribute>>;
  readonly group?: string;
  readonly deduplication?: string;
  /** What is sent instead of a notification: the request to confirm. */
  readonly confirm?: { readonly token: string; readonly url: string };
}
