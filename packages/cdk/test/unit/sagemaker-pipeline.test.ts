import { readFileSync } from "node:fs";
import { PropsError, SageMakerPipeline, type SageMakerPipelineProps } from "@sagewright/cdk";
import { codeDirectory, compile, InvalidDefinitionError, pipeline, processing, training } from "@sagewright/pipeline";
import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Schedule, ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import { SageMakerStartPipelineExecution } from "aws-cdk-lib/aws-scheduler-targets";
import { env, judged } from "./judged-stack";

const bucket = `sagewright-${env.region}-${env.account}`;
const target = { ...env, bucket, roleArn: `arn:aws:iam::${env.account}:role/service/SagewrightExecution` };
const image = `492215442770.dkr.ecr.${env.region}.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3`;
const script = "print('gezählt')\n";

const counting = pipeline("Counting", ({ parameter }) =>
  processing("Count", {
    image,
    entrypoint: ["python3", "/opt/ml/processing/input/code/count.py"],
    inputs: {
      code: { uri: codeDirectory({ files: { "count.py": script } }), path: "/opt/ml/processing/input/code" },
      data: { uri: parameter.string("InputDataUri"), path: "/opt/ml/processing/input/data" },
    },
    outputs: { counts: "/opt/ml/processing/output/counts" },
  }),
);

const parameters = { InputDataUri: `s3://${bucket}/raw/` };
const props: SageMakerPipelineProps = { pipeline: counting, target, parameters };
const arn = {
  "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, `:sagemaker:${env.region}:${env.account}:pipeline/counting`]],
};

const usual = judged((stack) => new SageMakerPipeline(stack, "Training", props));

test("no rule of CloudFormation's, AwsSolutions' or Serverless' is broken", () => {
  expect(usual.findings).toEqual([]);
});

test("the definition is the compiled one, byte for byte", () => {
  usual.template.hasResourceProperties("AWS::SageMaker::Pipeline", {
    PipelineName: "Counting",
    PipelineDefinition: { PipelineDefinitionBody: compile(counting, target).json },
    ParallelismConfiguration: Match.absent(),
  });
});

test("its code is copied to where the definition looks for it, and what was there before stays", () => {
  const outdir = new App().outdir;
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, "Test", { env });
  new SageMakerPipeline(stack, "Training", props);
  const template = Template.fromStack(stack);
  template.hasResourceProperties("Custom::CDKBucketDeployment", {
    DestinationBucketName: bucket,
    DestinationBucketKeyPrefix: "code",
    Prune: false,
    RetainOnDelete: true,
  });
  const [{ SourceObjectKeys } = { SourceObjectKeys: [""] }] = Object.values(
    template.findResources("Custom::CDKBucketDeployment"),
  ).map(({ Properties }) => Properties as { SourceObjectKeys: string[] });
  const asset = `${outdir}/asset.${SourceObjectKeys[0]?.replace(".zip", "")}`;
  const [digest] = /(?<=\/code\/)[0-9a-f]{64}/.exec(compile(counting, target).json) ?? [];
  expect(readFileSync(`${asset}/${digest}/count.py`, "utf8")).toBe(script);
});

test("its role is named as the target says, is SageMaker's of this account alone, and reads and writes what the graph does", () => {
  usual.template.hasResourceProperties("AWS::IAM::Role", {
    RoleName: "SagewrightExecution",
    Path: "/service/",
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Service: "sagemaker.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": env.account } },
        },
      ],
    },
    Policies: [
      {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Sid: "WriteObjects", Resource: `arn:aws:s3:::${bucket}/runs/Counting/*` }),
            Match.objectLike({
              Sid: "PassRole",
              Resource: target.roleArn,
              Condition: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
            }),
          ]),
        },
      },
    ],
  });
});

test("where inputs are has to be known, or no role can be derived", () => {
  expect(() => judged((stack) => new SageMakerPipeline(stack, "Training", { pipeline: counting, target }))).toThrow(
    PropsError,
  );
  expect(() => judged((stack) => new SageMakerPipeline(stack, "Training", { pipeline: counting, target }))).toThrow(
    /^parameters: \{\} does not say where .*InputDataUri.* is, so no role can be derived. Give the parameter an S3 location, such as s3:\/\/sagewright-eu-central-1-111122223333\/raw\/\.$/,
  );
});

test("with a role of one's own none is made, and nothing has to be known", () => {
  const { template } = judged((stack) => {
    const role = Role.fromRoleArn(stack, "Given", target.roleArn);
    new SageMakerPipeline(stack, "Training", { pipeline: counting, target, role, parallelism: 3 });
  });
  template.hasResourceProperties("AWS::SageMaker::Pipeline", {
    RoleArn: target.roleArn,
    ParallelismConfiguration: { MaxParallelExecutionSteps: 3 },
  });
  template.resourcePropertiesCountIs(
    "AWS::IAM::Role",
    { AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: "sagemaker.amazonaws.com" } }] } },
    0,
  );
});

test("the bucket's key may be used by the jobs and by what copies their code", () => {
  const { template } = judged((stack) => {
    new SageMakerPipeline(stack, "Training", { ...props, encryptionKey: new Key(stack, "Key") });
  });
  const policies = JSON.stringify([
    template.findResources("AWS::IAM::Role"),
    template.findResources("AWS::IAM::Policy"),
  ]);
  expect(policies.match(/"kms:GenerateDataKey"/g)).toHaveLength(2);
});

test("CDK's own schedules target it, and may start it and nothing else", () => {
  const { template } = judged((stack) => {
    const training = new SageMakerPipeline(stack, "Training", props);
    const pipelineParameterList = [{ name: "InputDataUri", value: parameters.InputDataUri }];
    new Schedule(stack, "Nightly", {
      schedule: ScheduleExpression.cron({ minute: "0", hour: "3" }),
      target: new SageMakerStartPipelineExecution(training, { pipelineParameterList }),
    });
  });
  const list = [{ Name: "InputDataUri", Value: parameters.InputDataUri }];
  template.hasResourceProperties("AWS::Scheduler::Schedule", {
    Target: { Arn: arn, SageMakerPipelineParameters: { PipelineParameterList: list } },
  });
  template.hasResourceProperties("AWS::IAM::Policy", {
    PolicyDocument: { Statement: [{ Effect: "Allow", Action: "sagemaker:StartPipelineExecution", Resource: arn }] },
  });
});

test.each([
  ["by name", (stack: Stack) => SageMakerPipeline.fromPipelineName(stack, "There", "counting")],
  [
    "by ARN",
    (stack: Stack) =>
      SageMakerPipeline.fromPipelineArn(
        stack,
        "There",
        `arn:aws:sagemaker:${env.region}:${env.account}:pipeline/counting`,
      ),
  ],
])("a pipeline that is there already is found %s, and starting it can be granted", (_, found) => {
  const { template } = judged((stack) => {
    const someone = new Role(stack, "Someone", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    (found(stack) as unknown as SageMakerPipeline).grantStartPipelineExecution(someone);
  });
  template.hasResourceProperties("AWS::IAM::Policy", {
    PolicyDocument: { Statement: [{ Effect: "Allow", Action: "sagemaker:StartPipelineExecution", Resource: arn }] },
  });
});

test("its metrics are those that SageMaker publishes about pipelines", () => {
  const stack = new Stack(new App(), "Test", { env });
  const training = new SageMakerPipeline(stack, "Training", props);
  const { namespace, metricName, dimensions, statistic } = training.metricExecutionFailed();
  expect({ namespace, metricName, dimensions, statistic }).toEqual({
    namespace: "AWS/Sagemaker/ModelBuildingPipeline",
    metricName: "ExecutionFailed",
    dimensions: { PipelineName: "Counting" },
    statistic: "Sum",
  });
  expect(training.metricExecutionSucceeded({ statistic: "Maximum" })).toMatchObject({
    metricName: "ExecutionSucceeded",
    statistic: "Maximum",
  });
});

test("spot that waits for less time than it runs is refused, with the path, the rule and both values", () => {
  const hasty = pipeline("Hasty", () =>
    training("Fit", {
      image,
      channels: { train: { uri: `s3://${bucket}/raw/` } },
      maxRuntimeSeconds: 7_200,
      spot: { maxWaitSeconds: 3_600 },
    }),
  );
  const synthesis = () => judged((stack) => new SageMakerPipeline(stack, "Training", { pipeline: hasty, target }));
  expect(synthesis).toThrow(InvalidDefinitionError);
  expect(synthesis).toThrow(/Steps\[0\]\.Arguments\.StoppingCondition\.MaxWaitTimeInSeconds.*3600.*7200/s);
});
