import { type Compiled, derivePolicy, type PolicyStatement, type Target } from "@sagewright/pipeline";
import type { DerivedStatements } from "./permission";

/** What publishing and running a pipeline need, for its execution role and for whoever types the command. */
export function neededStatements({ definition, name }: Compiled, target: Target): DerivedStatements {
  return {
    role: derivePolicy(definition, target).policy.Statement,
    caller: callerStatements(name, target),
    roleArn: target.roleArn,
  };
}

function callerStatements(pipeline: string, { region, account, bucket, roleArn }: Target): PolicyStatement[] {
  const [, partition = "aws"] = roleArn.split(":");
  const arn = (resource: string) => `arn:${partition}:sagemaker:${region}:${account}:${resource}`;
  const objects = `arn:${partition}:s3:::${bucket}`;
  return [
    statement("Pipelines", PIPELINE_ACTIONS, [arn(`pipeline/${pipeline}`), arn(`pipeline/${pipeline}/*`)]),
    statement("FindPipelines", ["sagemaker:ListPipelines"], ["*"]),
    statement("ReadJobs", JOB_ACTIONS, [arn("*/*")]),
    statement("FindBucket", ["s3:ListBucket", "s3:CreateBucket"], [objects]),
    statement("Objects", ["s3:GetObject", "s3:PutObject"], [`${objects}/*`]),
    statement(
      "ReadLogs",
      ["logs:DescribeLogStreams", "logs:GetLogEvents"],
      [`arn:${partition}:logs:${region}:${account}:log-group:/aws/sagemaker/*`],
    ),
    {
      ...statement("PassRole", ["iam:PassRole"], [roleArn]),
      Condition: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
    },
  ];
}

const PIPELINE_ACTIONS = [
  "AddTags",
  "CreatePipeline",
  "DescribePipeline",
  "DescribePipelineDefinitionForExecution",
  "DescribePipelineExecution",
  "ListPipelineExecutions",
  "ListPipelineExecutionSteps",
  "ListPipelineParametersForExecution",
  "ListPipelineVersions",
  "RetryPipelineExecution",
  "StartPipelineExecution",
  "StopPipelineExecution",
  "UpdatePipeline",
  "UpdatePipelineVersion",
].map((action) => `sagemaker:${action}`);

const JOB_ACTIONS = [
  "DescribeHyperParameterTuningJob",
  "DescribeProcessingJob",
  "DescribeTrainingJob",
  "DescribeTransformJob",
  "ListTrainingJobsForHyperParameterTuningJob",
].map((action) => `sagemaker:${action}`);

function statement(Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement {
  return { Sid, Effect: "Allow", Action, Resource };
}
