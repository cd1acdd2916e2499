import { CloudWatchClient, PutMetricAlarmCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { openCloud } from "../../src";

/** Writes to CloudWatch, EventBridge, SQS and SNS for ever, and says what was acknowledged: `rule 3`. */
async function main(stateDir: string): Promise<void> {
  const cloud = await openCloud({ stateDir });
  const config = cloud.clientConfig();
  const [sqs, events] = [new SQSClient(config), new EventBridgeClient(config)];
  const [metrics, sns] = [new CloudWatchClient(config), new SNSClient(config)];
  await sqs.send(new CreateQueueCommand({ QueueName: "q" }));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "t" }));
  const Endpoint = "arn:aws:sqs:us-east-1:000000000000:q";
  const Attributes = { RawMessageDelivery: "true" };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint, Attributes }));
  const alarm = { Namespace: "Own", MetricName: "b", Statistic: "Sum", Period: 60, EvaluationPeriods: 1 } as const;
  const rest = { Threshold: 1, ComparisonOperator: "GreaterThanThreshold" } as const;
  for (let number = 0; ; number++) {
    const say = (kind: string) => process.stdout.write(`${kind} ${number}\n`);
    await events.send(new PutRuleCommand({ Name: `r${number}`, EventPattern: '{"source":["x"]}' }));
    say("rule");
    await metrics.send(new PutMetricAlarmCommand({ AlarmName: `a${number}`, ...alarm, ...rest }));
    say("alarm");
    await metrics.send(new PutMetricDataCommand({ Namespace: "Own", MetricData: [{ MetricName: "a", Value: 1 }] }));
    say("metric");
    await sqs.send(new SendMessageCommand({ QueueUrl: "x/q", MessageBody: `m${number}` }));
    say("message");
    await sns.send(new PublishCommand({ TopicArn, Message: `n${number}` }));
    say("notification");
  }
}

void main(process.argv[2] ?? "");
