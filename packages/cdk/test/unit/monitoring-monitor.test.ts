import { ModelMonitor } from "@sagewright/cdk";
import { defineEnvironment } from "@sagewright/sagemaker";
import { Stack } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Key } from "aws-cdk-lib/aws-kms";
import { actionsOf, judged, type Statement, statementsOf } from "./judged-stack";

const whole = judged((stack) => {
  new ModelMonitor(stack, "Monitor", {
    ...{ model: "churn", name: "churn-prod", bucket: "data", minimumAuc: 0.82, captures: "captures/churn" },
    encryptionKey: Key.fromKeyArn(stack, "Key", "arn:aws:kms:eu-central-1:111122223333:key/1234"),
    monitoring: defineEnvironment({
      ...{ name: "prod", account: "111122223333", region: "eu-central-1", monitoring: {} },
      serving: { mode: "endpoint" },
    }).monitoring,
  });
});

const variables = (template: Template, name: string): Record<string, string> => {
  const found = Object.values(template.findResources("AWS::Lambda::Function")).find(
    ({ Properties }) => Properties.FunctionName === name,
  );
  return found?.Properties.Environment.Variables;
};

/** Statements of the role of one function. */
const statements = (template: Template, description: string): Statement[] => {
  const [role] = Object.values(template.findResources("AWS::IAM::Role")).filter(
    ({ Properties }) => Properties.Description === description,
  );
  return role?.Properties.Policies[0].PolicyDocument.Statement;
};
const HOURLY = "Sums up what churn was asked, by the hour";
const WEEKLY = "Judges drift and performance of churn";

test("captures are summed up each hour and judged each week, and what fails is kept", () => {
  const { template } = whole;
  const rule = (ScheduleExpression: string) =>
    template.hasResourceProperties("AWS::Events::Rule", {
      ScheduleExpression,
      // The whole event: its time says which hours are meant.
      Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue(), Input: Match.absent() })],
    });
  rule("cron(20 * * * ? *)");
  rule("cron(0 4 ? * MON *)");
  template.resourceCountIs("AWS::Lambda::EventInvokeConfig", 2);
  template.allResourcesProperties("AWS::Lambda::EventInvokeConfig", {
    DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
  });
});

test("each function is told where things are, and the judge the limits", () => {
  const { template } = whole;
  const common = { MODEL: "churn", BUCKET: "data", SUMMARIES: "monitoring/summaries" };
  expect(variables(template, "churn-prod-summarise")).toEqual({ ...common, CAPTURES: "captures/churn" });
  const { MONITORING = "", ...judge } = variables(template, "churn-prod-weekly");
  expect(judge).toEqual({
    ...{ ...common, REPORTS: "monitoring/reports", LABELS: "ground-truth", GATE: "0.82", EVENT_BUS: "default" },
  });
  expect(JSON.parse(MONITORING)).toMatchObject({ driftWindowDays: 7, minimumSample: 200 });
});

test("one sums up at a time; it writes summaries alone, and the judge reports alone", () => {
  const { template } = whole;
  template.hasResourceProperties("AWS::Lambda::Function", {
    ...{ FunctionName: "churn-prod-summarise", ReservedConcurrentExecutions: 1 },
  });
  const writes = (description: string) =>
    statements(template, description)
      .filter((one) => actionsOf(one).some((action) => /s3:(Put|Delete)/.test(action)))
      .map((one) => [actionsOf(one), JSON.stringify(one.Resource)]);
  expect(writes(HOURLY)).toEqual([
    [["s3:PutObject", "s3:DeleteObject"], expect.stringContaining(":s3:::data/monitoring/summaries/*")],
  ]);
  expect(writes(WEEKLY)).toEqual([
    [["s3:PutObject"], expect.stringContaining(":s3:::data/monitoring/reports/*")],
    [["s3:PutObject"], expect.stringContaining(":s3:::data/monitoring/summaries/*/contract.json")],
  ]);
  const events = statements(template, WEEKLY).find(({ Sid }) => Sid === "Tell");
  expect(actionsOf(events as Statement)).toEqual(["events:PutEvents"]);
  expect(JSON.stringify(events?.Resource)).toContain(":event-bus/default");
  expect([...new Set(statementsOf(template).flatMap(actionsOf))].sort()).toEqual([
    "events:PutEvents",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sagemaker:DescribeModelPackage",
    "sagemaker:ListModelPackages",
    "sqs:SendMessage",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
  ]);
});

test("a bus of one's own is told instead of the account's", () => {
  const { template } = judged((stack) => {
    const eventBus = new EventBus(stack, "Own", { eventBusName: "models" });
    new ModelMonitor(stack, "Monitor", { model: "churn", bucket: "data", eventBus });
  });
  expect(variables(template, "churn-weekly")).toMatchObject({ EVENT_BUS: { Ref: expect.stringMatching(/^Own/) } });
  const told = statements(template, WEEKLY).find(({ Sid }) => Sid === "Tell");
  expect(told?.Resource).toEqual({ "Fn::GetAtt": [expect.stringMatching(/^Own/), "Arn"] });
});

test("a schedule that is none is refused with what was given", () => {
  const monitor = (props: object) => () => new ModelMonitor(new Stack(), "M", { model: "m", bucket: "data", ...props });
  expect(monitor({ hourly: "often" })).toThrow(
    'hourly: "often" is no schedule. Write one such as cron(20 * * * ? *) or rate(7 days).',
  );
  expect(monitor({ weekly: "" })).toThrow('weekly: "" is no schedule.');
});

test("CloudFormation's rules, AwsSolutions and Serverless find nothing", () => {
  expect(whole.findings).toEqual([]);
});
