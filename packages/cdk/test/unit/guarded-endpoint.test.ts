import {
  AlertTopics,
  GuardedEndpoint,
  type GuardedEndpointProps,
  ModelRole,
  PropsError,
  type ServingInput,
} from "@sagewright/cdk";
import { alarmObservation } from "@sagewright/monitoring";
import { EnvironmentError } from "@sagewright/sagemaker";
import { App, Fn, Stack } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { env, judged } from "./judged-stack";

const modelPackageArn = `arn:aws:sagemaker:${env.region}:${env.account}:model-package/churn/7`;
const role = (stack: Stack) => Role.fromRoleArn(stack, "Given", `arn:aws:iam::${env.account}:role/SagewrightExecution`);

function endpoint(serving: ServingInput, more: Partial<GuardedEndpointProps> = {}) {
  return judged(
    (stack) => new GuardedEndpoint(stack, "Churn", { modelPackageArn, role: role(stack), serving, ...more }),
  );
}

const usual = endpoint({ mode: "endpoint" });

test.each([
  ["the usual one", { mode: "endpoint" }],
  ["at once", { mode: "endpoint", update: { type: "all-at-once" } }],
  [
    "linear with autoscaling",
    {
      mode: "endpoint",
      instances: 4,
      update: { type: "linear" },
      autoscaling: { minimum: 2, maximum: 8, targetInvocationsPerInstance: 1_000 },
    },
  ],
  ["rolling", { mode: "endpoint", instances: 3, update: { type: "rolling" } }],
  [
    "two variants",
    {
      mode: "endpoint",
      update: { type: "all-at-once" },
      variants: [
        { name: "A", weight: 9 },
        { name: "B", modelVersion: 6 },
      ],
    },
  ],
  ["serverless", { mode: "serverless", provisionedConcurrency: 1 }],
] as const)("%s: no rule of CloudFormation's, AwsSolutions' or Serverless' is broken", (_, serving) => {
  expect(endpoint(serving as ServingInput).findings).toEqual([]);
});

test("the model package is what the endpoint serves, with the given role", () => {
  usual.template.hasResourceProperties("AWS::SageMaker::Model", {
    PrimaryContainer: { ModelPackageName: modelPackageArn },
    ExecutionRoleArn: Match.stringLikeRegexp("SagewrightExecution"),
  });
  usual.template.hasResourceProperties("AWS::SageMaker::EndpointConfig", {
    ProductionVariants: [
      { VariantName: "AllTraffic", InstanceType: "ml.m5.large", InitialInstanceCount: 2, InitialVariantWeight: 1 },
    ],
    DataCaptureConfig: Match.absent(),
  });
});

test("a tenth of the instances takes over first, and alarms on errors turn it back", () => {
  usual.template.hasResourceProperties("AWS::SageMaker::Endpoint", {
    EndpointName: "Churn",
    DeploymentConfig: {
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: {
          Type: "CANARY",
          WaitIntervalInSeconds: 600,
          CanarySize: { Type: "CAPACITY_PERCENT", Value: 10 },
        },
        TerminationWaitInSeconds: 300,
        MaximumExecutionTimeoutInSeconds: 3_600,
      },
      AutoRollbackConfiguration: {
        Alarms: [
          { AlarmName: { Ref: Match.stringLikeRegexp("Invocation5XX") } },
          { AlarmName: { Ref: Match.stringLikeRegexp("ModelErrors") } },
        ],
      },
    },
    RetainAllVariantProperties: Match.absent(),
  });
});

test("latency guards where a limit is given, in microseconds, and somebody else's alarm beside it", () => {
  const { template } = endpoint({
    mode: "endpoint",
    rollback: { latencyP99Ms: 500, minutes: 2, alarms: ["somebody-elses"] },
  });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    AlarmName: "sagewright-Churn-latency-p99",
    Threshold: 500_000,
    EvaluationPeriods: 2,
    ExtendedStatistic: "p99",
  });
  const config = onlyEndpoint(template).DeploymentConfig as {
    AutoRollbackConfiguration: { Alarms: { AlarmName: unknown }[] };
  };
  expect(config.AutoRollbackConfiguration.Alarms).toHaveLength(4);
  expect(config.AutoRollbackConfiguration.Alarms.at(-1)).toEqual({ AlarmName: "somebody-elses" });
});

test("who is told that a guard rings is told that it is over, in words that the alert router reads", () => {
  const { template } = judged((stack) => {
    const action = new SnsAction(new AlertTopics(stack, "Alerts").topic("critical"));
    new GuardedEndpoint(stack, "Churn", {
      modelPackageArn,
      role: role(stack),
      model: "churn",
      serving: { mode: "endpoint" },
      alarmActions: [action],
    });
  });
  const alarms = Object.values(template.findResources("AWS::CloudWatch::Alarm")).map(({ Properties }) => Properties);
  expect(alarms).toHaveLength(2);
  for (const { AlarmName, AlarmDescription, AlarmActions, OKActions } of alarms) {
    expect(AlarmActions).toEqual([{ Ref: expect.stringContaining("AlertsCritical") }]);
    expect(OKActions).toEqual(AlarmActions);
    const message = {
      AlarmName,
      AlarmDescription,
      NewStateValue: "ALARM",
      NewStateReason: "Threshold Crossed",
      StateChangeTime: "2026-01-05T10:15:00.000Z",
    };
    expect(AlarmDescription).toContain("docs/runbooks/model-errors.md");
    expect(alarmObservation(message, "critical").findings).toMatchObject([
      { model: { name: "churn" }, runbook: "model-errors", action: expect.stringContaining("roll back") },
    ]);
  }
});

test("autoscaling keeps the number that it chose through an update, and follows invocations of an instance", () => {
  const { template } = endpoint({
    mode: "endpoint",
    autoscaling: { minimum: 2, maximum: 6, targetInvocationsPerInstance: 3_000 },
  });
  expect(onlyEndpoint(template)).toMatchObject({
    RetainAllVariantProperties: true,
    ExcludeRetainedVariantProperties: [
      { VariantPropertyType: "DesiredWeight" },
      { VariantPropertyType: "DataCaptureConfig" },
    ],
  });
  template.hasResourceProperties("AWS::ApplicationAutoScaling::ScalableTarget", {
    ResourceId: "endpoint/Churn/variant/AllTraffic",
    ScalableDimension: "sagemaker:variant:DesiredInstanceCount",
    MinCapacity: 2,
    MaxCapacity: 6,
  });
  template.hasResourceProperties("AWS::ApplicationAutoScaling::ScalingPolicy", {
    TargetTrackingScalingPolicyConfiguration: {
      PredefinedMetricSpecification: { PredefinedMetricType: "SageMakerVariantInvocationsPerInstance" },
      TargetValue: 3_000,
    },
  });
  const [target] = Object.values(template.findResources("AWS::ApplicationAutoScaling::ScalableTarget"));
  expect(target?.DependsOn).toEqual(Object.keys(template.findResources("AWS::SageMaker::Endpoint")));
});

test("a share of the requests is captured, encrypted with the given key, where the caller says", () => {
  const { template } = judged((stack) => {
    const encryptionKey = new Key(stack, "Key");
    new GuardedEndpoint(stack, "Churn", {
      modelPackageArn,
      role: role(stack),
      serving: { mode: "endpoint", capture: { share: 0.2 } },
      captureUri: "s3://mine/captures",
      encryptionKey,
    });
  });
  const KmsKeyId = { "Fn::GetAtt": [Object.keys(template.findResources("AWS::KMS::Key"))[0], "Arn"] };
  template.hasResourceProperties("AWS::SageMaker::EndpointConfig", {
    KmsKeyId,
    DataCaptureConfig: {
      EnableCapture: true,
      InitialSamplingPercentage: 20,
      DestinationS3Uri: "s3://mine/captures",
      KmsKeyId,
      CaptureContentTypeHeader: { JsonContentTypes: ["application/json"] },
    },
  });
});

test("variants of other versions are models of those versions", () => {
  const { template } = endpoint({
    mode: "endpoint",
    update: { type: "all-at-once" },
    variants: [
      { name: "A", weight: 9 },
      { name: "B", modelVersion: 6 },
    ],
  });
  const names = Object.values(template.findResources("AWS::SageMaker::Model")).map(
    ({ Properties }) => Properties.PrimaryContainer.ModelPackageName,
  );
  expect(names.sort()).toEqual([modelPackageArn.replace("/7", "/6"), modelPackageArn]);
});

test("serverless has no guards, no scaling and no instances", () => {
  const { template } = endpoint({ mode: "serverless", memoryMb: 3_072, maximumConcurrency: 20 });
  template.hasResourceProperties("AWS::SageMaker::EndpointConfig", {
    ProductionVariants: [
      { ServerlessConfig: { MemorySizeInMB: 3_072, MaxConcurrency: 20 }, InstanceType: Match.absent() },
    ],
  });
  template.resourceCountIs("AWS::CloudWatch::Alarm", 0);
  expect(onlyEndpoint(template).DeploymentConfig).toBeUndefined();
});

test("the model runs in the given network", () => {
  const vpc = { subnets: ["subnet-0a1b2c3d4e5f60718"], securityGroups: ["sg-0a1b2c3d4e5f60718"] };
  const { template } = endpoint({ mode: "endpoint", vpc });
  template.hasResourceProperties("AWS::SageMaker::Model", {
    VpcConfig: { Subnets: vpc.subnets, SecurityGroupIds: vpc.securityGroups },
  });
});

test("invoking it can be granted, also of one that is there already, and means this endpoint alone", () => {
  for (const make of [
    (stack: Stack) =>
      new GuardedEndpoint(stack, "churn", { modelPackageArn, role: role(stack), serving: { mode: "endpoint" } }),
    (stack: Stack) => GuardedEndpoint.fromEndpointName(stack, "There", "churn"),
  ]) {
    const { template } = judged(
      (stack) =>
        void make(stack).grantInvoke(
          new Role(stack, "Someone", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") }),
        ),
    );
    const Resource = {
      "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, `:sagemaker:${env.region}:${env.account}:endpoint/churn`]],
    };
    template.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: { Statement: [{ Effect: "Allow", Action: "sagemaker:InvokeEndpoint", Resource }] },
    });
  }
});

test("its metrics are SageMaker's own, of one variant", () => {
  const made = new GuardedEndpoint(new Stack(new App(), "Test", { env }), "churn", {
    modelPackageArn,
    role: role(new Stack()),
    serving: { mode: "serverless" },
  });
  const dimensions = { EndpointName: "churn", VariantName: "AllTraffic" };
  expect(made.metricModelLatency()).toMatchObject({
    namespace: "AWS/SageMaker",
    metricName: "ModelLatency",
    statistic: "p99",
    dimensions,
  });
  expect(made.metricInvocations()).toMatchObject({ metricName: "Invocations", statistic: "Sum", dimensions });
  expect(made.metricModelErrors({ statistic: "Maximum" })).toMatchObject({
    metricName: "InvocationModelErrors",
    statistic: "Maximum",
  });
  expect(made.metric("CPUUtilization", { variant: "B" }).dimensions).toEqual({ ...dimensions, VariantName: "B" });
});

test("a model's own role reads archives, pulls its image, logs, and starts nothing", () => {
  const { template, findings } = judged((stack) => {
    const image = `492215442770.dkr.ecr.${env.region}.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3`;
    const own = new ModelRole(stack, "ModelRole", { bucketName: "mine", prefixes: ["runs/churn/"], images: [image] });
    new GuardedEndpoint(stack, "Churn", { modelPackageArn, role: own, serving: { mode: "endpoint" } });
  });
  expect(findings).toEqual([]);
  const [made] = Object.values(template.findResources("AWS::IAM::Role"));
  const statements = made?.Properties.Policies[0].PolicyDocument.Statement as {
    Action: string | string[];
    Resource: string;
  }[];
  const services = new Set(statements.flatMap(({ Action }) => Action).map((action) => action.split(":")[0]));
  expect([...services].sort()).toEqual(["cloudwatch", "ecr", "logs", "s3"]);
  expect(statements.filter(({ Action }) => String(Action).startsWith("s3:"))).toMatchObject([
    { Action: "s3:GetObject", Resource: "arn:aws:s3:::mine/runs/churn/*" },
  ]);
  expect(statements.find(({ Action }) => Action.includes("ecr:BatchGetImage"))?.Resource).toBe(
    `arn:aws:ecr:${env.region}:492215442770:repository/sagemaker-scikit-learn`,
  );
});

describe("what the service would refuse after minutes is refused at synthesis, with path, rule and value", () => {
  const scaling = { minimum: 1, maximum: 4, targetInvocationsPerInstance: 100 };
  test.each([
    [
      "t2 with autoscaling",
      { mode: "endpoint", instanceType: "ml.t2.medium", autoscaling: { ...scaling, minimum: 2 } },
      /serving\.instanceType: .*ml\.t2\.medium.*autoscal/i,
    ],
    [
      "t3 with autoscaling",
      { mode: "endpoint", instanceType: "ml.t3.large", autoscaling: { ...scaling, minimum: 2 } },
      /serving\.instanceType: .*ml\.t3\.large.*autoscal/i,
    ],
    [
      "a canary with one instance",
      { mode: "endpoint", instances: 1 },
      /serving\.instances: 1 is too few for serving\.update\.type 'canary'/,
    ],
    [
      "linear with one instance",
      { mode: "endpoint", instances: 1, update: { type: "linear" } },
      /serving\.instances: 1 is too few for serving\.update\.type 'linear'/,
    ],
    [
      "serverless with capture",
      { mode: "serverless", capture: { share: 1 } },
      /serving\.capture.*serverless|serverless.*capture/s,
    ],
    [
      "serverless in a network",
      { mode: "serverless", vpc: { subnets: ["subnet-0a1b2c3d"], securityGroups: ["sg-0a1b2c3d"] } },
      /serving\.vpc.*serverless|serverless.*vpc/s,
    ],
    [
      "rolling with several variants",
      {
        mode: "endpoint",
        instances: 2,
        update: { type: "rolling" },
        variants: [{ name: "A" }, { name: "B", modelVersion: 6 }],
      },
      /serving\.variants.*rolling|rolling.*variants/s,
    ],
    [
      "a canary of more than half",
      { mode: "endpoint", update: { type: "canary", size: { unit: "percent", value: 60 } } },
      /serving\.update\.size.*60/s,
    ],
    [
      "serverless memory that there is not",
      { mode: "serverless", memoryMb: 2_000 },
      /serving\.memoryMb: 2000 is no memory size/,
    ],
    [
      "provisioned above the maximum",
      { mode: "serverless", maximumConcurrency: 2, provisionedConcurrency: 3 },
      /serving\.provisionedConcurrency: 3/,
    ],
    [
      "autoscaling that is empty",
      { mode: "endpoint", autoscaling: { ...scaling, minimum: 5 } },
      /serving\.autoscaling.*5.*4|serving\.autoscaling.*4.*5/s,
    ],
    [
      "a misspelt instance type",
      { mode: "endpoint", instanceType: "m5.large" },
      /serving\.instanceType: .*m5\.large.* is no SageMaker instance type/,
    ],
  ] as const)("%s", (_, serving, sentence) => {
    const synthesis = () => endpoint(serving as unknown as ServingInput);
    expect(synthesis).toThrow(EnvironmentError);
    expect(synthesis).toThrow(sentence);
  });

  test("a mode without an endpoint", () => {
    expect(() => endpoint({ mode: "embedded" })).toThrow(
      new PropsError("serving_mode", "serving.mode", "embedded", "has no endpoint. Use 'endpoint' or 'serverless'"),
    );
  });

  test("capture without a place", () => {
    expect(() => endpoint({ mode: "endpoint", capture: {} })).toThrow(
      "captureUri: nothing is nowhere, and serving.capture needs a place. Give an S3 URI such as s3://bucket/captures.",
    );
  });

  test("variants of other versions of a package that only the deployment knows", () => {
    const serving: ServingInput = {
      mode: "endpoint",
      update: { type: "all-at-once" },
      variants: [{ name: "A" }, { name: "B", modelVersion: 6 }],
    };
    expect(() => endpoint(serving, { modelPackageArn: Fn.importValue("release") })).toThrow(
      /^modelPackageArn: .* is no versioned model package's ARN known at synthesis/,
    );
  });
});

function onlyEndpoint(template: Template): Record<string, unknown> {
  const [only] = Object.values(template.findResources("AWS::SageMaker::Endpoint"));
  return only?.Properties;
}
