import { ServiceError } from "../../errors";

const ranges: Record<string, [number, number]> = {
  VisibilityTimeout: [0, 43_200],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  DelaySeconds: [0, 900],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
};
const texts = [
  "Policy",
  "RedrivePolicy",
  "RedriveAllowPolicy",
  "KmsMasterKeyId",
  "SqsManagedSseEnabled",
  "FifoQueue",
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoThroughputLimit",
];

/** Refuses attributes that a queue cannot have. @throws ServiceError InvalidAttributeName, InvalidAttributeValue */
export function checkQueueAttributes(attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    const range = ranges[name];
    if (!range && !texts.includes(name)) throw new ServiceError("InvalidAttributeName", `Unknown Attribute ${name}.`);
    const number = Number(value);
    if (range && !(Number.isInteger(number) && number >= range[0] && number <= range[1])) {
      throw invalid(name, `it must be between ${range[0]} and ${range[1]}`);
    }
    if (name === "RedrivePolicy" && value !== "") checkRedrive(value);
  }
}

function checkRedrive(value: string): void {
  let policy: { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown };
  try {
    policy = JSON.parse(value);
  } catch {
    throw invalid("RedrivePolicy", "it is no JSON");
  }
  const count = Number(policy.maxReceiveCount);
  if (typeof policy.deadLetterTargetArn !== "string" || !(count >= 1 && count <= 1000)) {
    throw invalid("RedrivePolicy", "it must have deadLetterTargetArn and maxReceiveCount between 1 and 1000");
  }
}

const invalid = (name: string, why: string): ServiceError =>
  new ServiceError("InvalidAttributeValue", `Invalid value for the parameter ${name}: ${why}.`);
