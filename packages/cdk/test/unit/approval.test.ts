import { ApprovedDeployment, type ApprovedDeploymentProps } from "@sagewright/cdk";
import { Stack } from "aws-cdk-lib";
import { Match } from "aws-cdk-lib/assertions";
import { Role } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { actionsOf, type JudgedStack, judged, type Statement, statementsOf } from "./judged-stack";

const hosted = (stack: Stack): ApprovedDeploymentProps => ({
  modelPackageGroupName: "churn",
  endpointName: "churn",
  serving: { mode: "endpoint", capture: { share: 1 } },
  role: Role.fromRoleArn(stack, "Model", "arn:aws:iam::111122223333:role/SagewrightExecution"),
  captureUri: "s3://data/captures",
  bucket: "data",
});
const embedded: ApprovedDeploymentProps = {
  modelPackageGroupName: "churn",
  endpointName: "churn",
  serving: { mode: "embedded" },
  bucket: "data",
};
const whole = judged((stack) => new ApprovedDeployment(stack, "Release", hosted(stack)));
const pointing = judged((stack) => new ApprovedDeployment(stack, "Release", embedded));
const releasing = judged(
  (stack) =>
    new ApprovedDeployment(stack, "Release", {
      ...{ modelPackageGroupName: "churn", endpointName: "churn", bucket: "data" },
      ...{ serving: { mode: "serverless" }, stackName: "churn-serving" },
    }),
);
const encrypted = judged((stack) => {
  const encryptionKey = Key.fromKeyArn(stack, "Key", "arn:aws:kms:eu-central-1:111122223333:key/1234");
  new ApprovedDeployment(stack, "Release", { ...hosted(stack), encryptionKey });
  new ApprovedDeployment(stack, "Embedded", { ...embedded, endpointName: "other", encryptionKey });
});

test("decisions about the one group, and nothing else, wait in a queue that gives up after three hours", () => {
  const { template } = whole;
  template.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: {
      source: ["aws.sagemaker"],
      "detail-type": ["SageMaker Model Package State Change"],
      detail: {
        ModelPackageGroupName: ["churn"],
        ModelApprovalStatus: ["Approved", "Rejected", "PendingManualApproval"],
      },
    },
    Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
  });
  template.hasResourceProperties("AWS::SQS::Queue", {
    VisibilityTimeout: 720,
    RedrivePolicy: { maxReceiveCount: 15, deadLetterTargetArn: Match.anyValue() },
  });
  template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    BatchSize: 1,
    FunctionResponseTypes: ["ReportBatchItemFailures"],
    ScalingConfig: { MaximumConcurrency: 2 },
  });
});

test("twice an hour the function says whether anything was released, as the metric that alarms wait for", () => {
  const { template } = whole;
  template.hasResourceProperties("AWS::Events::Rule", {
    ScheduleExpression: "rate(30 minutes)",
    Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
  });
  template.hasResourceProperties("AWS::Lambda::EventInvokeConfig", {
    DestinationConfig: { OnFailure: Match.anyValue() },
  });
  const release = new ApprovedDeployment(new Stack(), "Release", embedded);
  expect(release.metricReleased().toMetricConfig().metricStat).toMatchObject({
    ...{ namespace: "Sagewright/Serving", metricName: "Released", statistic: "Minimum" },
    dimensions: [{ name: "Model", value: "churn" }],
  });
});

test("the function is told the group, the endpoint and how to serve, and no more", () => {
  const told = ({ template }: JudgedStack) => {
    const [code] = Object.values(template.findResources("AWS::Lambda::Function"));
    return JSON.parse(code?.Properties.Environment.Variables.SAGEWRIGHT_APPROVAL);
  };
  const names = { group: "churn", endpoint: "churn" };
  expect(told(pointing)).toEqual({ ...names, serving: { mode: "embedded" }, bucket: "data" });
  expect(told(whole)).toMatchObject({
    ...names,
    roleArn: "arn:aws:iam::111122223333:role/SagewrightExecution",
    captureUri: "s3://data/captures",
    bucket: "data",
    serving: { mode: "endpoint", instanceType: "ml.m5.large", capture: { share: 1 } },
  });
});

test("the function may deploy this group to this endpoint and nothing else", () => {
  const actions = (of: JudgedStack) => statementsOf(of.template).flatMap(actionsOf).sort();
  const usual = [
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sagemaker:DescribeModelPackage",
    "sagemaker:ListModelPackages",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
  ];
  expect(actions(whole)).toEqual(
    [
      ...usual,
      "application-autoscaling:DeregisterScalableTarget",
      "application-autoscaling:DescribeScalableTargets",
      "application-autoscaling:DescribeScalingPolicies",
      "cloudwatch:DescribeAlarms",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource",
      "iam:PassRole",
      "sagemaker:AddTags",
      "sagemaker:CreateEndpoint",
      "sagemaker:CreateEndpointConfig",
      "sagemaker:CreateModel",
      "sagemaker:DescribeEndpoint",
      "sagemaker:DescribeEndpointConfig",
      "sagemaker:DescribeModel",
      "sagemaker:UpdateEndpoint",
    ].sort(),
  );
  expect(actions(pointing)).toEqual([...usual, "s3:GetObject", "s3:GetObject", "s3:PutObject"].sort());
  const pass = statementsOf(whole.template).find((statement) => actionsOf(statement).includes("iam:PassRole"));
  expect(pass).toMatchObject({
    Resource: "arn:aws:iam::111122223333:role/SagewrightExecution",
    Condition: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
  });
});

test("where a stack serves, the function may update that stack and nothing that is in it", () => {
  const [code] = Object.values(releasing.template.findResources("AWS::Lambda::Function"));
  expect(JSON.parse(code?.Properties.Environment.Variables.SAGEWRIGHT_APPROVAL)).toEqual({
    ...{ group: "churn", endpoint: "churn", stack: "churn-serving", bucket: "data" },
  });
  const statements = statementsOf(releasing.template);
  const release = statements.find(({ Sid }) => Sid === "Release");
  expect(actionsOf(release as Statement)).toEqual([
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackEvents",
    "cloudformation:UpdateStack",
  ]);
  expect(JSON.stringify(release?.Resource)).toContain(":stack/churn-serving/*");
  const others = statements.flatMap(actionsOf).filter((action) => /^(iam|sagemaker|lambda|cloudwatch):/.test(action));
  expect(others).toEqual(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]);
});

test("a key is used for the bucket, or granted to volumes, and no further", () => {
  const ofKey = statementsOf(encrypted.template).filter((statement) =>
    actionsOf(statement).some((action) => action.startsWith("kms:")),
  );
  expect(ofKey.map(actionsOf)).toEqual([
    ["kms:CreateGrant"],
    ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
    ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
  ]);
  expect(ofKey[0]?.Condition).toEqual({ Bool: { "kms:GrantIsForAWSResource": "true" } });
});

test("what is missing is refused with its path, the rule and what was given", () => {
  const refused = (props: (stack: Stack) => ApprovedDeploymentProps) => () =>
    new ApprovedDeployment(new Stack(), "Release", props(new Stack()));
  expect(refused(() => ({ ...embedded, bucket: undefined as never }))).toThrow(
    "bucket: nothing is nowhere, and approvals are remembered in a bucket.",
  );
  expect(refused((stack) => ({ ...hosted(stack), role: undefined as never }))).toThrow(
    "role: nothing is missing, and serving.mode 'endpoint' needs one.",
  );
  expect(refused((stack) => ({ ...hosted(stack), captureUri: undefined as never }))).toThrow(
    "captureUri: nothing is nowhere, and serving.capture needs a place.",
  );
  expect(refused((stack) => ({ ...hosted(stack), serving: { mode: "endpoint", instanceType: "t2" } }))).toThrow(
    "serving.instanceType",
  );
});

test("CloudFormation's rules, AwsSolutions and Serverless find nothing", () => {
  expect([...whole.findings, ...pointing.findings, ...releasing.findings, ...encrypted.findings]).toEqual([]);
});
