import { randomBytes, randomUUID } from "node:crypto";
import type {
  ConfirmSubscriptionInput,
  CreateTopicInput,
  DeleteTopicInput,
  GetSubscriptionAttributesInput,
  GetTopicAttributesInput,
  ListSubscriptionsByTopicInput,
  ListSubscriptionsInput,
  ListTagsForResourceRequest,
  ListTopicsInput,
  PublishBatchInput,
  PublishInput,
  SetSubscriptionAttributesInput,
  SetTopicAttributesInput,
  SubscribeInput,
  TagResourceRequest,
  UnsubscribeInput,
  UntagResourceRequest,
} from "@aws-sdk/client-sns";
import { ServiceError } from "../../errors";
import type { Room, RoomDeps } from "../../room";
import { type CallContext, operation } from "../../service";
import { Outbox } from "../delivery/outbox";
import { keptAttributes } from "../sqs/queue-record";
import {
  checkEndpoint,
  checkPublish,
  checkSubscriptionAttribute,
  invalid,
  structured,
  topicAttributes,
} from "./checks";
import { deliver } from "./deliver";
import { passesFilter } from "./filter-policy";
import type { Notification, SubscriptionRecord, TopicRecord } from "./records";

const retries = 3;
const retryMs = 20_000;
const pending = "PendingConfirmation";
/** SNS: topics, and subscriptions of functions, queues and HTTP receivers on this machine. */
export function snsRoom(deps: RoomDeps): Room {
  const topics = deps.store.collection<TopicRecord>("topics");
  const subscriptions = deps.store.collection<SubscriptionRecord>("subscriptions");
  const outbox = new Outbox<Notification>(deps, "notifications", {
    name: ({ topicArn, subscriptionArn }) =>
      `notification of ${topicArn} to ${subscriptions.get(subscriptionArn)?.endpoint}`,
    async attempt({ content }) {
      const subscription = subscriptions.get(content.subscriptionArn);
      // Unsubscribed on the way.
      if (subscription) await deliver(deps, subscription, content);
    },
    retryAfter: ({ attempts }, error) => (error instanceof ServiceError || attempts > retries ? undefined : retryMs),
    async giveUp({ content }) {
      const policy = subscriptions.get(content.subscriptionArn)?.attributes.RedrivePolicy;
      if (policy === undefined || policy === "" || content.confirm) return;
      await deps.invoke("sqs", "SendMessage", {
        QueueUrl: String(JSON.parse(policy).deadLetterTargetArn).replace(/^arn:.*:/, ""),
        MessageBody: content.message,
      });
    },
  });
  const now = () => deps.clock.now().getTime();
  const topicOf = (arn = ""): TopicRecord => {
    const found = topics.get(arn);
    if (found) return found;
    throw new ServiceError("NotFoundException", "Topic does not exist");
  };
  const subscriptionOf = (arn = ""): SubscriptionRecord => {
    const found = subscriptions.get(arn);
    if (found) return found;
    throw new ServiceError("NotFoundException", "Subscription does not exist");
  };
  const ofTopic = (arn: string) => subscriptions.values().filter(({ topicArn }) => topicArn === arn);

  const publish = async (topic: TopicRecord, input: Omit<PublishInput, "TopicArn">) => {
    checkPublish(topic, input);
    const attributes = keptAttributes(input.MessageAttributes as never);
    const byProtocol = input.MessageStructure === "json" ? structured(input.Message ?? "") : undefined;
    const MessageId = randomUUID();
    const fifo = topic.name.endsWith(".fifo");
    await Promise.all(
      ofTopic(topic.arn)
        .filter(({ token }) => token === undefined)
        .map((subscription) => {
          const message = byProtocol?.[subscription.protocol] ?? byProtocol?.default ?? input.Message ?? "";
          const { FilterPolicy, FilterPolicyScope } = subscription.attributes;
          if (!passesFilter(FilterPolicy, FilterPolicyScope, message, attributes)) return undefined;
          return outbox.post({
            subscriptionArn: subscription.arn,
            topicArn: topic.arn,
            messageId: MessageId,
            published: now(),
            message,
            ...(input.Subject !== undefined && { subject: input.Subject }),
            attributes,
            ...(input.MessageGroupId !== undefined && { group: input.MessageGroupId }),
            ...(fifo && { deduplication: input.MessageDeduplicationId ?? MessageId }),
          });
        }),
    );
    return { MessageId };
  };

  const subscribe = async (input: SubscribeInput, { host }: CallContext) => {
    const topic = topicOf(input.TopicArn);
    const { Protocol: protocol = "", Endpoint: endpoint = "", Attributes = {} } = input;
    checkEndpoint(protocol, endpoint);
    for (const [name, value] of Object.entries(Attributes)) checkSubscriptionAttribute(name, value);
    const same = ofTopic(topic.arn).find((each) => each.protocol === protocol && each.endpoint === endpoint);
    const arn = same?.arn ?? `${topic.arn}:${randomUUID()}`;
    const confirmed = protocol === "sqs" || protocol === "lambda";
    const token = same ? same.token : confirmed ? undefined : randomBytes(96).toString("hex");
    const record: SubscriptionRecord = {
      arn,
      topicArn: topic.arn,
      protocol,
      endpoint,
      attributes: { ...same?.attributes, ...Attributes },
      ...(token !== undefined && { token }),
    };
    await subscriptions.put(arn, record);
    if (token !== undefined && protocol.startsWith("http")) {
      const query = new URLSearchParams({
        Action: "ConfirmSubscription",
        Version: "2010-03-31",
        TopicArn: topic.arn,
        Token: token,
      });
      await outbox.post({
        subscriptionArn: arn,
        topicArn: topic.arn,
        messageId: randomUUID(),
        published: now(),
        message: "",
        attributes: {},
        confirm: { token, url: `http://${host ?? "127.0.0.1"}/?${query}` },
      });
    }
    return { SubscriptionArn: token === undefined || input.ReturnSubscriptionArn ? arn : "pending confirmation" };
  };

  const page = <T extends { arn: string }>(all: readonly T[], token: string | undefined) => {
    const left = [...all]
      .sort((a, b) => (a.arn < b.arn ? -1 : 1))
      .filter(({ arn }) => token === undefined || arn > token);
    const items = left.slice(0, 100);
    return { items, next: items.length < left.length ? { NextToken: items.at(-1)?.arn } : {} };
  };
  const subscriptionView = ({ arn, topicArn, protocol, endpoint, token }: SubscriptionRecord) => ({
    SubscriptionArn: token === undefined ? arn : pending,
    Owner: deps.accountId,
    Protocol: protocol,
    Endpoint: endpoint,
    TopicArn: topicArn,
  });

  return {
    operations: {
      CreateTopic: operation<CreateTopicInput, object>(async (input) => {
        const name = input.Name ?? "";
        if (!/^[\w-]{1,256}(\.fifo)?$/.test(name)) throw invalid("Topic Name");
        for (const key of Object.keys(input.Attributes ?? {})) if (!topicAttributes.includes(key)) throw invalid(key);
        const arn = `arn:aws:sns:${deps.region}:${deps.accountId}:${name}`;
        const known = topics.get(arn);
        const tags = Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value ?? ""]));
        await topics.put(arn, {
          name,
          arn,
          attributes: { ...known?.attributes, ...input.Attributes },
          tags: { ...known?.tags, ...tags },
        });
        return { TopicArn: arn };
      }),
      DeleteTopic: operation<DeleteTopicInput, object>(async ({ TopicArn = "" }) => {
        await Promise.all(ofTopic(TopicArn).map(({ arn }) => subscriptions.delete(arn)));
        await topics.delete(TopicArn);
        return {};
      }),
      ListTopics: operation<ListTopicsInput, object>((input) => {
        const { items, next } = page(topics.values(), input.NextToken);
        return { Topics: items.map(({ arn }) => ({ TopicArn: arn })), ...next };
      }),
      GetTopicAttributes: operation<GetTopicAttributesInput, object>((input) => {
        const topic = topicOf(input.TopicArn);
        const own = ofTopic(topic.arn);
        return {
          Attributes: {
            TopicArn: topic.arn,
            Owner: deps.accountId,
            DisplayName: "",
            ...topic.attributes,
            SubscriptionsConfirmed: String(own.filter(({ token }) => token === undefined).length),
            SubscriptionsPending: String(own.filter(({ token }) => token !== undefined).length),
            SubscriptionsDeleted: "0",
          },
        };
      }),
      SetTopicAttributes: operation<SetTopicAttributesInput, object>(async (input) => {
        const topic = topicOf(input.TopicArn);
        const name = input.AttributeName ?? "";
        if (!topicAttributes.includes(name)) throw invalid("AttributeName");
        await topics.put(topic.arn, {
          ...topic,
          attributes: { ...topic.attributes, [name]: input.AttributeValue ?? "" },
        });
        return {};
      }),
      Subscribe: operation<SubscribeInput, object>(subscribe),
      ConfirmSubscription: operation<ConfirmSubscriptionInput, object>(async (input) => {
        topicOf(input.TopicArn);
        const found = ofTopic(input.TopicArn ?? "").find(({ token }) => token !== undefined && token === input.Token);
        if (!found) throw invalid("Token");
        const { token: _used, ...confirmed } = found;
        await subscriptions.put(found.arn, confirmed);
        return { SubscriptionArn: found.arn };
      }),
      Unsubscribe: operation<UnsubscribeInput, object>(async ({ SubscriptionArn = "" }) => {
        await subscriptions.delete(SubscriptionArn);
        return {};
      }),
      ListSubscriptions: operation<ListSubscriptionsInput, object>((input) => {
        const { items, next } = page(subscriptions.values(), input.NextToken);
        return { Subscriptions: items.map(subscriptionView), ...next };
      }),
      ListSubscriptionsByTopic: operation<ListSubscriptionsByTopicInput, object>((input) => {
        const { items, next } = page(ofTopic(topicOf(input.TopicArn).arn), input.NextToken);
        return { Subscriptions: items.map(subscriptionView), ...next };
      }),
      GetSubscriptionAttributes: operation<GetSubscriptionAttributesInput, object>((input) => {
        const found = subscriptionOf(input.SubscriptionArn);
        return {
          Attributes: {
            SubscriptionArn: found.arn,
            TopicArn: found.topicArn,
            Owner: deps.accountId,
            Protocol: found.protocol,
            Endpoint: found.endpoint,
            RawMessageDelivery: "false",
            ...(found.attributes.FilterPolicy && { FilterPolicyScope: "MessageAttributes" }),
            ...found.attributes,
            PendingConfirmation: String(found.token !== undefined),
            ConfirmationWasAuthenticated: "true",
          },
        };
      }),
      SetSubscriptionAttributes: operation<SetSubscriptionAttributesInput, object>(async (input) => {
        const found = subscriptionOf(input.SubscriptionArn);
        const { AttributeName: name = "", AttributeValue: value = "" } = input;
        checkSubscriptionAttribute(name, value);
        await subscriptions.put(found.arn, { ...found, attributes: { ...found.attributes, [name]: value } });
        return {};
      }),
      Publish: operation<PublishInput, object>((input) => {
        if (input.PhoneNumber !== undefined)
          throw invalid("PhoneNumber: text messages are not emulated by Sagewright's embedded cloud");
        return publish(topicOf(input.TopicArn ?? input.TargetArn), input);
      }),
      PublishBatch: operation<PublishBatchInput, object>(async (input) => {
        const topic = topicOf(input.TopicArn);
        const entries = input.PublishBatchRequestEntries ?? [];
        if (entries.length === 0)
          throw new ServiceError("EmptyBatchRequestException", "The batch request doesn't contain any entries.");
        if (entries.length > 10)
          throw new ServiceError(
            "TooManyEntriesInBatchRequestException",
            "The batch request contains more entries than permissible.",
          );
        const Successful: object[] = [];
        const Failed: object[] = [];
        for (const entry of entries) {
          try {
            Successful.push({ Id: entry.Id, ...(await publish(topic, entry)) });
          } catch (error) {
            if (!(error instanceof ServiceError)) throw error;
            Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
          }
        }
        return { Successful, Failed };
      }),
      ListTagsForResource: operation<ListTagsForResourceRequest, object>((input) => ({
        Tags: Object.entries(topicOf(input.ResourceArn).tags).map(([Key, Value]) => ({ Key, Value })),
      })),
      TagResource: operation<TagResourceRequest, object>(async (input) => {
        const topic = topicOf(input.ResourceArn);
        const tags = Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value ?? ""]));
        await topics.put(topic.arn, { ...topic, tags: { ...topic.tags, ...tags } });
        return {};
      }),
      UntagResource: operation<UntagResourceRequest, object>(async (input) => {
        const topic = topicOf(input.ResourceArn);
        const tags = Object.fromEntries(Object.entries(topic.tags).filter(([key]) => !input.TagKeys?.includes(key)));
        await topics.put(topic.arn, { ...topic, tags });
        return {};
      }),
    },
    async recover() {
      outbox.recover();
    },
    async close() {
      outbox.close();
    },
  };
}
