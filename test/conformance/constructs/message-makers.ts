import { SNS } from "@aws-sdk/client-sns";
import { SQS } from "@aws-sdk/client-sqs";
import type { Cloud } from "@sagewright/local";
import { arn, type Maker } from "./maker";

/** Queues and topics. */
export function messageMakers(cloud: Cloud): Record<string, Maker> {
  const [sqs, sns] = [new SQS(cloud.clientConfig()), new SNS(cloud.clientConfig())];
  return {
    async "AWS::SQS::Queue"({ QueueName: name, Tags: _tags, ...settings }: Record<string, unknown>, id) {
      const Attributes = Object.fromEntries(
        Object.entries(settings).map(([key, value]) => [
          key,
          typeof value === "object" ? JSON.stringify(value) : String(value),
        ]),
      );
      const QueueName = String(name ?? id);
      const { QueueUrl = "" } = await sqs.createQueue({ QueueName, Attributes });
      return { ref: QueueUrl, attributes: { Arn: arn("sqs", QueueName), QueueName } };
    },
    async "AWS::SQS::QueuePolicy"({ Queues, PolicyDocument }: { Queues: string[]; PolicyDocument: object }, id) {
      const Attributes = { Policy: JSON.stringify(PolicyDocument) };
      for (const QueueUrl of Queues) await sqs.setQueueAttributes({ QueueUrl, Attributes });
      return { ref: id };
    },
    async "AWS::SNS::Topic"({ TopicName, DisplayName = "" }: { TopicName?: string; DisplayName?: string }, id) {
      const Name = TopicName ?? id;
      const { TopicArn = "" } = await sns.createTopic({ Name, Attributes: { DisplayName } });
      return { ref: TopicArn, attributes: { TopicName: Name, TopicArn } };
    },
    async "AWS::SNS::TopicPolicy"({ Topics, PolicyDocument }: { Topics: string[]; PolicyDocument: object }, id) {
      const policy = { AttributeName: "Policy", AttributeValue: JSON.stringify(PolicyDocument) };
      for (const TopicArn of Topics) await sns.setTopicAttributes({ TopicArn, ...policy });
      return { ref: id };
    },
  };
}
