import type { PublishInput } from "@aws-sdk/client-sns";
import { ServiceError } from "../../errors";
import { checkFilter } from "./filter-policy";
import type { TopicRecord } from "./records";

const largest = 262_144;
/** Attributes that a topic may have. */
export const topicAttributes = [
  "DisplayName",
  "Policy",
  "DeliveryPolicy",
  "KmsMasterKeyId",
  "FifoTopic",
  "ContentBasedDeduplication",
  "SignatureVersion",
  "TracingConfig",
];
const subscriptionAttributes = [
  "FilterPolicy",
  "FilterPolicyScope",
  "RawMessageDelivery",
  "RedrivePolicy",
  "DeliveryPolicy",
  "SubscriptionRoleArn",
];

/** @throws ServiceError for a message that SNS refuses */
export function checkPublish(topic: TopicRecord, input: Omit<PublishInput, "TopicArn">): void {
  const message = input.Message ?? "";
  if (message === "") throw invalid("Empty message");
  if (Buffer.byteLength(message) > largest) throw invalid("Message too long");
  if (input.Subject !== undefined && !/^[\x20-\x7e]{1,100}$/.test(input.Subject)) throw invalid("Subject");
  if (topic.name.endsWith(".fifo") && input.MessageGroupId === undefined) {
    throw invalid("The MessageGroupId parameter is required for FIFO topics");
  }
}

/** The texts of a message by protocol, from a message with `MessageStructure: json`. @throws ServiceError */
export function structured(message: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    throw invalid("Message Structure - JSON message body failed to parse");
  }
  if (typeof (value as { default?: unknown } | null)?.default !== "string") {
    throw invalid("Message Structure - No default entry in JSON message body");
  }
  return value as Record<string, string>;
}

/** @throws ServiceError for an attribute that no subscription has, or a value that it cannot have */
export function checkSubscriptionAttribute(name: string, value: string): void {
  if (!subscriptionAttributes.includes(name)) throw invalid("AttributeName");
  if (name === "FilterPolicy") checkFilter(value);
  if (name === "FilterPolicyScope" && !["MessageAttributes", "MessageBody"].includes(value))
    throw invalid("FilterPolicyScope");
}

/** @throws ServiceError for a receiver that is not emulated, or not on this machine */
export function checkEndpoint(protocol: string, endpoint: string): void {
  if (protocol === "sqs" || protocol === "lambda") {
    if (!new RegExp(`^arn:[^:]+:${protocol}:`).test(endpoint)) throw invalid(`${protocol.toUpperCase()} endpoint ARN`);
    return;
  }
  if (protocol === "email" || protocol === "email-json") {
    // Stays pending: nobody reads a confirmation that is never sent.
    if (!endpoint.includes("@")) throw invalid("Email address");
    return;
  }
  if (protocol !== "http") {
    throw invalid(
      `Protocol: ${protocol || "none"} is not emulated by Sagewright's embedded cloud; it has sqs, lambda, http and, always pending, email`,
    );
  }
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : "";
  if (!endpoint.startsWith("http://") || !/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(host)) {
    throw invalid(
      `Endpoint: the embedded cloud sends to receivers on this machine only (http://127.0.0.1:...), not to ${endpoint}`,
    );
  }
}

/** SNS's own words for a parameter that it refuses. */
export const invalid = (what: string): ServiceError =>
  new ServiceError("InvalidParameterException", `Invalid parameter: ${what}`);
