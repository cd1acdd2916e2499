import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { SQS } from "@aws-sdk/client-sqs";
import { openCloud } from "../../../src";

test("the bus hears that an alarm is made, changed and deleted, and in which state it was", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-alarms-"));
  const cloud = await openCloud({ stateDir: join(folder, "state"), clock: "manual" });
  const [cloudwatch, events, sqs] = [CloudWatch, EventBridge, SQS].map(
    (Client) => new Client(cloud.clientConfig()),
  ) as [CloudWatch, EventBridge, SQS];
  const { QueueUrl } = await sqs.createQueue({ QueueName: "heard" });
  const EventPattern = JSON.stringify({ "detail-type": ["CloudWatch Alarm Configuration Change"] });
  await events.putRule({ Name: "alarms", EventPattern });
  const Arn = "arn:aws:sqs:us-east-1:000000000000:heard";
  await events.putTargets({ Rule: "alarms", Targets: [{ Id: "queue", Arn }] });
  const alarm = (Threshold: number) =>
    cloudwatch.putMetricAlarm({
      ...{ AlarmName: "loud", AlarmDescription: "Too loud.", Namespace: "Own", MetricName: "Noise", Threshold },
      ...{ Statistic: "Sum", Period: 60, EvaluationPeriods: 1, ComparisonOperator: "GreaterThanThreshold" },
    });
  await alarm(1);
  await alarm(2);
  await cloudwatch.setAlarmState({ AlarmName: "loud", StateValue: "ALARM", StateReason: "a rehearsal" });
  await cloudwatch.deleteAlarms({ AlarmNames: ["loud"] });
  await cloud.clock.advance(0);
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  const heard = Messages.map(({ Body = "" }) => JSON.parse(Body));
  expect(heard.map(({ detail }) => [detail.operation, detail.state.value, detail.configuration.description])).toEqual([
    ["create", "INSUFFICIENT_DATA", "Too loud."],
    ["update", "INSUFFICIENT_DATA", "Too loud."],
    ["delete", "ALARM", "Too loud."],
  ]);
  expect(heard[2]).toMatchObject({
    ...{ source: "aws.cloudwatch", resources: ["arn:aws:cloudwatch:us-east-1:000000000000:alarm:loud"] },
    detail: { alarmName: "loud" },
  });
  await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});
