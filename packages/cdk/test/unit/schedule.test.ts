import { RetrainingSchedule, type RetrainingScheduleProps, SageMakerPipeline } from "@sagewright/cdk";
import { OBSERVATION_EVENT, RETRAINING_EVENT } from "@sagewright/monitoring";
import { Stack } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { actionsOf, judged, statementsOf } from "./judged-stack";

const retraining = (stack: Stack, props: Partial<RetrainingScheduleProps> = {}) =>
  new RetrainingSchedule(stack, "Retraining", {
    pipeline: SageMakerPipeline.fromPipelineName(stack, "Training", "churn-training"),
    model: "churn",
    parameters: { InputDataUri: "s3://data/raw/" },
    ...props,
  });
const PIPELINE = {
  "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":sagemaker:eu-central-1:111122223333:pipeline/churn-training"]],
};
const whole = judged((stack) => retraining(stack, { timezone: "Europe/Berlin" }));

test("the calendar calls the function on the first of each month, with the moment it is scheduled for", () => {
  const { template } = whole;
  template.hasResourceProperties("AWS::Scheduler::Schedule", {
    ScheduleExpression: "cron(0 3 1 * ? *)",
    ScheduleExpressionTimezone: "Europe/Berlin",
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: {
      Arn: { "Fn::GetAtt": [Match.stringLikeRegexp("^RetrainingStartFunction"), "Arn"] },
      DeadLetterConfig: Match.anyValue(),
      RetryPolicy: { MaximumRetryAttempts: 5 },
    },
  });
  const [schedule] = Object.values(template.findResources("AWS::Scheduler::Schedule"));
  expect(JSON.parse(schedule?.Properties.Target.Input)).toEqual({
    source: RETRAINING_EVENT.source,
    "detail-type": RETRAINING_EVENT.due,
    time: "<aws.scheduler.scheduled-time>",
    detail: { by: "schedule" },
  });
});

test("where somebody may ask, accepted requests of this model reach the function, which then stands without calendar and findings", () => {
  const data = { bucket: "data", captures: "captures/churn" };
  const none = { schedule: "none", onDrift: false, onPerformance: false, onRequest: true } as const;
  const heard = (props: Partial<RetrainingScheduleProps>) =>
    Object.values(judged((stack) => retraining(stack, props)).template.findResources("AWS::Events::Rule")).map(
      ({ Properties }) => Properties.EventPattern,
    );
  expect(heard({ ...none, data }).at(-1)).toEqual({
    ...{ source: [RETRAINING_EVENT.source], "detail-type": [RETRAINING_EVENT.due], detail: { model: ["churn"] } },
  });
  // What puts no data together starts at once, and hears of ends and decisions alone.
  expect(heard(none)).toHaveLength(2);
});

test("observations, ends of runs and decisions about versions reach one function, and what fails for good is kept", () => {
  const { template } = whole;
  const heard = Object.values(template.findResources("AWS::Events::Rule")).map(({ Properties }) => Properties);
  for (const { Targets } of heard)
    expect(Targets).toEqual([expect.objectContaining({ DeadLetterConfig: expect.anything() })]);
  const patterns = heard.map(({ EventPattern }) => [EventPattern["detail-type"], EventPattern.detail]);
  expect(patterns).toEqual([
    [
      ["SageMaker Model Building Pipeline Execution Status Change"],
      { pipelineArn: [PIPELINE], currentPipelineExecutionStatus: ["Succeeded", "Failed", "Stopped"] },
    ],
    [
      ["SageMaker Model Package State Change"],
      { ModelPackageGroupName: ["churn"], ModelApprovalStatus: ["Approved", "Rejected"] },
    ],
    [[OBSERVATION_EVENT.detailType], undefined],
  ]);
  template.hasResourceProperties("AWS::Lambda::EventInvokeConfig", {
    DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
  });
});

test("the function is told the rules, and what to start with", () => {
  const told = (of: Template) => {
    const [code] = Object.values(of.findResources("AWS::Lambda::Function"));
    return code?.Properties.Environment.Variables;
  };
  const { RULES, PARAMETERS, ...more } = told(whole.template);
  expect(more).toEqual({ MODEL: "churn", PIPELINE: "churn-training", EVENT_BUS: "default" });
  expect(JSON.parse(PARAMETERS)).toEqual({ InputDataUri: "s3://data/raw/" });
  expect(JSON.parse(RULES)).toEqual({ onDrift: true, onPerformance: true, coolDownDays: 7, maximumPerMonth: 4 });
  const rare = judged((stack) => retraining(stack, { onDrift: false, coolDownDays: 30 })).template;
  expect(JSON.parse(told(rare).RULES)).toMatchObject({ onDrift: false, onPerformance: true, coolDownDays: 30 });
  const budget = { usdPerMonth: 20, usdPerRun: 4 };
  expect(JSON.parse(told(judged((stack) => retraining(stack, { budget })).template).RULES)).toMatchObject({ budget });
});

test("the function alone may start this pipeline, and no other; the calendar calls the function, and no version; the function looks at its runs and versions", () => {
  const starting = statementsOf(whole.template).filter((one) =>
    actionsOf(one).includes("sagemaker:StartPipelineExecution"),
  );
  expect(starting.map(({ Resource }) => Resource)).toEqual([PIPELINE]);
  const calling = statementsOf(whole.template).filter((one) => actionsOf(one).includes("lambda:InvokeFunction"));
  expect(calling.map(({ Resource }) => Resource)).toEqual([
    { "Fn::GetAtt": [expect.stringMatching(/^RetrainingStartFunction/), "Arn"] },
  ]);
  const actions = new Set(statementsOf(whole.template).flatMap(actionsOf));
  expect([...actions].sort()).toEqual([
    "events:PutEvents",
    "lambda:InvokeFunction",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sagemaker:DescribeModelPackage",
    "sagemaker:DescribePipelineExecution",
    "sagemaker:ListPipelineExecutionSteps",
    "sagemaker:ListPipelineExecutions",
    "sagemaker:StartPipelineExecution",
    "sqs:SendMessage",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
  ]);
});

test("with fresh rows the function reads captures, labels and data, and writes what it merges; it has the memory and time for it", () => {
  const data = { bucket: "data", captures: "captures/churn" };
  const { template, findings } = judged((stack) =>
    retraining(stack, { data, fresh: { weight: 2, minimumRows: 100, windowDays: 90 } }),
  );
  expect(findings).toEqual([]);
  const [code] = Object.values(template.findResources("AWS::Lambda::Function"));
  expect(code?.Properties).toMatchObject({ MemorySize: 3_008, Timeout: 900 });
  expect(JSON.parse(code?.Properties.Environment.Variables.FRESH)).toEqual({
    ...{ bucket: "data", captures: "captures/churn", labels: "ground-truth", merged: "merged" },
    rules: { weight: 2, minimumRows: 100, windowDays: 90 },
  });
  const objects = (action: string) =>
    statementsOf(template)
      .filter((one) => actionsOf(one).includes(action))
      .flatMap(({ Resource }) => Resource)
      .map((resource) => JSON.stringify(resource).match(/:s3:::([^"]+)/)?.[1]);
  expect(objects("s3:GetObject")).toEqual(
    ["captures/churn", "ground-truth", "runs", "merged", "raw"].map((prefix) => `data/${prefix}/*`),
  );
  expect(objects("s3:PutObject")).toEqual(["data/merged/*"]);
  expect(objects("s3:ListBucket")).toEqual(["data"]);
});

test("neither calendar nor findings: nothing is made that could start it", () => {
  const { template } = judged((stack) => retraining(stack, { schedule: "none", onDrift: false, onPerformance: false }));
  template.resourceCountIs("AWS::Scheduler::Schedule", 0);
  template.resourceCountIs("AWS::Events::Rule", 0);
  template.resourceCountIs("AWS::Lambda::Function", 0);
});

test("a schedule or a zone that is none is refused with what was given", () => {
  expect(() => retraining(new Stack(), { schedule: "monthly" as never })).toThrow(
    'schedule: "monthly" is no schedule. Write one such as cron(0 3 1 * ? *), rate(30 days), or none.',
  );
  expect(() => retraining(new Stack(), { timezone: "Europe/Berlyn" })).toThrow(
    'timezone: "Europe/Berlyn" is no time zone. Write one such as Europe/Berlin.',
  );
});

test("CloudFormation's rules, AwsSolutions and Serverless find nothing", () => {
  expect(whole.findings).toEqual([]);
});
