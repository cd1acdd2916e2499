import type {
  DescribePipelineDefinitionForExecutionRequest,
  DescribePipelineDefinitionForExecutionResponse,
  DescribePipelineExecutionRequest,
  DescribePipelineExecutionResponse,
  ListPipelineExecutionStepsRequest,
  ListPipelineExecutionStepsResponse,
  ListPipelineExecutionsRequest,
  ListPipelineExecutionsResponse,
  ListPipelineParametersForExecutionRequest,
  ListPipelineParametersForExecutionResponse,
  PipelineExecutionStatus,
} from "@aws-sdk/client-sagemaker";
import { type OperationTable, operation } from "../../../service";
import { pageOf } from "../listing/page";
import { createdBetween } from "./pipeline-operations";
import type { PipelinesContext } from "./pipelines-context";
import { stepViews } from "./step-view";
import { userContext } from "./user-context";

/** Operations that look at executions. */
export function executionOperations(room: PipelinesContext): OperationTable {
  return {
    DescribePipelineExecution: operation<DescribePipelineExecutionRequest, DescribePipelineExecutionResponse>((input) =>
      describeExecution(room, input),
    ),
    ListPipelineExecutions: operation<ListPipelineExecutionsRequest, ListPipelineExecutionsResponse>((input) =>
      listExecutions(room, input),
    ),
    ListPipelineExecutionSteps: operation<ListPipelineExecutionStepsRequest, ListPipelineExecutionStepsResponse>(
      (input) => listSteps(room, input),
    ),
    ListPipelineParametersForExecution: operation<
      ListPipelineParametersForExecutionRequest,
      ListPipelineParametersForExecutionResponse
    >((input) => listParameters(room, input)),
    DescribePipelineDefinitionForExecution: operation<
      DescribePipelineDefinitionForExecutionRequest,
      DescribePipelineDefinitionForExecutionResponse
    >((input) => describeDefinition(room, input)),
  };
}

function describeExecution(
  { executions }: PipelinesContext,
  input: DescribePipelineExecutionRequest,
): DescribePipelineExecutionResponse {
  const record = executions.get(input.PipelineExecutionArn ?? "");
  return {
    PipelineArn: record.pipelineArn,
    PipelineExecutionArn: record.arn,
    PipelineExecutionDisplayName: record.displayName,
    PipelineExecutionStatus: record.status as PipelineExecutionStatus,
    PipelineExecutionDescription: record.description,
    PipelineExperimentConfig: record.experiment && { ...record.experiment },
    FailureReason: record.failureReason,
    CreationTime: new Date(record.createdAt),
    LastModifiedTime: new Date(record.modifiedAt),
    CreatedBy: userContext(record.createdBy),
    LastModifiedBy: userContext(record.modifiedBy),
    ParallelismConfiguration:
      record.maxParallelSteps === undefined ? undefined : { MaxParallelExecutionSteps: record.maxParallelSteps },
    SelectiveExecutionConfig: record.selectedSteps && {
      SelectedSteps: record.selectedSteps.map((StepName) => ({ StepName })),
      SourcePipelineExecutionArn: record.sourceExecutionArn,
    },
    PipelineVersionId: record.version,
  };
}

function listExecutions(
  { pipelines, executions }: PipelinesContext,
  input: ListPipelineExecutionsRequest,
): ListPipelineExecutionsResponse {
  const pipeline = pipelines.get(input.PipelineName ?? "");
  const found = executions.of(pipeline.name).filter(createdBetween(input));
  const { items, NextToken } = pageOf(found, input, {
    descending: input.SortOrder !== "Ascending",
    key: ({ createdAt, arn }) => (input.SortBy === "PipelineExecutionArn" ? arn : createdAt),
    id: ({ id }) => id,
  });
  return {
    PipelineExecutionSummaries: items.map((record) => ({
      PipelineExecutionArn: record.arn,
      StartTime: new Date(record.createdAt),
      PipelineExecutionStatus: record.status as PipelineExecutionStatus,
      PipelineExecutionDescription: record.description,
      PipelineExecutionDisplayName: record.displayName,
      PipelineExecutionFailureReason: record.failureReason,
    })),
    NextToken,
  };
}

function listSteps(
  { executions, executor }: PipelinesContext,
  input: ListPipelineExecutionStepsRequest,
): ListPipelineExecutionStepsResponse {
  const record = executions.get(input.PipelineExecutionArn ?? "");
  const state = executor.state(record.id);
  const { items, NextToken } = pageOf(state ? stepViews(state) : [], input, {
    // Clients take the first entry for the newest.
    descending: input.SortOrder !== "Ascending",
    key: ({ startedAt }) => startedAt,
    id: ({ place }) => place,
  });
  return { PipelineExecutionSteps: items.map(({ step }) => step), NextToken };
}

function listParameters(
  { executions, executor }: PipelinesContext,
  input: ListPipelineParametersForExecutionRequest,
): ListPipelineParametersForExecutionResponse {
  const record = executions.get(input.PipelineExecutionArn ?? "");
  const values = Object.entries(executor.state(record.id)?.parameters ?? {});
  const given = new Map(record.parameters.map(({ Name, Value }) => [Name, Value]));
  const all = values.map(([Name, value], place) => ({
    place,
    parameter: { Name, Value: given.get(Name) ?? String(value) },
  }));
  const { items, NextToken } = pageOf(all, input, {
    descending: false,
    key: ({ place }) => place,
    id: ({ place }) => place,
  });
  return { PipelineParameters: items.map(({ parameter }) => parameter), NextToken };
}

function describeDefinition(
  { pipelines, executions }: PipelinesContext,
  input: DescribePipelineDefinitionForExecutionRequest,
): DescribePipelineDefinitionForExecutionResponse {
  const record = executions.get(input.PipelineExecutionArn ?? "");
  const version = pipelines.version(pipelines.get(record.pipelineName), record.version);
  return { PipelineDefinition: version.definition, CreationTime: new Date(record.createdAt) };
}
