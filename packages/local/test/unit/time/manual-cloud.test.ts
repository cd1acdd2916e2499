import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { CreatePipelineCommand, ListPipelineExecutionsCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type Cloud, openCloud } from "../../../src";
import { folderPerTest } from "../../support/folder";

const start = new Date("2027-01-01T00:00:00Z");
const minuteMs = 60_000;
const role = "arn:aws:iam::000000000000:role/SagewrightExecution";

let cloud: Cloud;
afterEach(() => cloud.close());
const folder = folderPerTest();
const open = () => openCloud({ stateDir: folder.path, clock: "manual", startAt: start });

beforeEach(async () => {
  cloud = await open();
});

const definition = JSON.stringify({
  Version: "2020-12-01",
  Steps: [{ Name: "Stop", Type: "Fail", Arguments: { ErrorMessage: "as asked" } }],
});

async function makePipeline(): Promise<SageMakerClient> {
  const sagemaker = new SageMakerClient(cloud.clientConfig());
  await sagemaker.send(
    new CreatePipelineCommand({ PipelineName: "churn", PipelineDefinition: definition, RoleArn: role }),
  );
  return sagemaker;
}

test("time stands still until it is advanced, and is kept", async () => {
  expect((await cloud.clock.read()).now).toEqual(start);
  const { now } = await cloud.clock.advance(90 * minuteMs);
  expect(now.toISOString()).toBe("2027-01-01T01:30:00.000Z");
  await cloud.close();
  cloud = await open();
  expect((await cloud.clock.read()).now.toISOString()).toBe("2027-01-01T01:30:00.000Z");
});

test("a year of monthly schedules in local time starts twelve executions, each at its moment", async () => {
  const sagemaker = await makePipeline();
  await new SchedulerClient(cloud.clientConfig()).send(
    new CreateScheduleCommand({
      Name: "monthly",
      ScheduleExpression: "cron(0 9 1 * ? *)",
      ScheduleExpressionTimezone: "Europe/Berlin",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: { Arn: "arn:aws:sagemaker:us-east-1:000000000000:pipeline/churn", RoleArn: role },
    }),
  );
  await cloud.clock.advance(365 * 24 * 60 * minuteMs);
  const { PipelineExecutionSummaries = [] } = await sagemaker.send(
    new ListPipelineExecutionsCommand({ PipelineName: "churn", SortOrder: "Ascending" }),
  );
  const moments = PipelineExecutionSummaries.map(({ StartTime }) => StartTime?.toISOString().slice(0, 16));
  expect(moments).toEqual([
    "2027-01-01T08:00",
    "2027-02-01T08:00",
    "2027-03-01T08:00",
    "2027-04-01T07:00",
    "2027-05-01T07:00",
    "2027-06-01T07:00",
    "2027-07-01T07:00",
    "2027-08-01T07:00",
    "2027-09-01T07:00",
    "2027-10-01T07:00",
    "2027-11-01T08:00",
    "2027-12-01T08:00",
  ]);
  expect(new Set(PipelineExecutionSummaries.map(({ PipelineExecutionStatus }) => PipelineExecutionStatus))).toEqual(
    new Set(["Failed"]),
  );
});

test("an alarm goes through its states on the simulated minutes and tells its topic", async () => {
  const config = cloud.clientConfig();
  const [metrics, sns, sqs] = [new CloudWatchClient(config), new SNSClient(config), new SQSClient(config)];
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "alerts" }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "alerts" }));
  await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: "arn:aws:sqs:us-east-1:000000000000:alerts" }),
  );
  await metrics.send(
    new PutMetricAlarmCommand({
      AlarmName: "errors",
      Namespace: "Api",
      MetricName: "Errors",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      Threshold: 5,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
      AlarmActions: [TopicArn ?? ""],
    }),
  );
  const errors = async (Value: number) => {
    await metrics.send(new PutMetricDataCommand({ Namespace: "Api", MetricData: [{ MetricName: "Errors", Value }] }));
    await cloud.clock.advance(minuteMs);
    const { MetricAlarms } = await metrics.send(new DescribeAlarmsCommand({ AlarmNames: ["errors"] }));
    return MetricAlarms?.[0]?.StateValue;
  };
  expect(await errors(0)).toBe("OK");
  expect(await errors(9)).toBe("OK");
  expect(await errors(9)).toBe("ALARM");
  expect(await errors(0)).toBe("ALARM");
  expect(await errors(0)).toBe("OK");
  await cloud.clock.advance(24 * 60 * minuteMs);
  const { AlarmHistoryItems = [] } = await metrics.send(
    new DescribeAlarmHistoryCommand({
      AlarmName: "errors",
      HistoryItemType: "StateUpdate",
      ScanBy: "TimestampAscending",
    }),
  );
  expect(AlarmHistoryItems.map(({ Timestamp, HistorySummary }) => [Timestamp?.toISOString(), HistorySummary])).toEqual([
    ["2027-01-01T00:01:00.000Z", "Alarm updated from INSUFFICIENT_DATA to OK"],
    ["2027-01-01T00:03:00.000Z", "Alarm updated from OK to ALARM"],
    ["2027-01-01T00:05:00.000Z", "Alarm updated from ALARM to OK"],
  ]);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  const bodies = (Messages ?? []).map(({ Body = "{}" }) => JSON.parse(Body));
  expect(bodies.map(({ Subject }) => Subject)).toEqual(['ALARM: "errors" in US East (N. Virginia)']);
  expect(JSON.parse(bodies[0].Message)).toMatchObject({
    AlarmName: "errors",
    OldStateValue: "OK",
    NewStateValue: "ALARM",
  });
});

test("a cloud on the machine's clock says how to get one that can be advanced", async () => {
  await cloud.close();
  cloud = await openCloud({ stateDir: folder.path });
  await expect(cloud.clock.advance(1)).rejects.toThrow(
    "This cloud goes by the machine's clock. Start it with --clock manual",
  );
});
