import { Duration } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge";

/** A queue for what was given up: encrypted, kept for as long as SQS keeps anything. */
export function deadLetters(scope: Construct, id: string): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  const reason = "It is the dead-letter queue itself, of rules, schedules and calls; nothing reads it but people.";
  acknowledge(queue, { "AwsSolutions-SQS3": reason, "Serverless-SQSRedrivePolicy": reason });
  return queue;
}
