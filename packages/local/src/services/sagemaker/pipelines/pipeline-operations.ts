import type {
  CreatePipelineRequest,
  CreatePipelineResponse,
  DeletePipelineRequest,
  DeletePipelineResponse,
  DescribePipelineRequest,
  DescribePipelineResponse,
  ListPipelinesRequest,
  ListPipelinesResponse,
  ListPipelineVersionsRequest,
  ListPipelineVersionsResponse,
  UpdatePipelineRequest,
  UpdatePipelineResponse,
  UpdatePipelineVersionRequest,
  UpdatePipelineVersionResponse,
} from "@aws-sdk/client-sagemaker";
import { ServiceError, validationException } from "../../../errors";
import { type CallContext, type OperationTable, operation } from "../../../service";
import { pageOf } from "../listing/page";
import { definitionText } from "./definition-text";
import type { PipelinesContext } from "./pipelines-context";
import type { PipelineRecord, PipelineVersionRecord } from "./records";
import { userContext } from "./user-context";

/** Operations on pipelines and their versions. */
export function pipelineOperations(room: PipelinesContext): OperationTable {
  return {
    CreatePipeline: operation<CreatePipelineRequest, CreatePipelineResponse>((input, context) =>
      createPipeline(room, input, context),
    ),
    UpdatePipeline: operation<UpdatePipelineRequest, UpdatePipelineResponse>((input, context) =>
      updatePipeline(room, input, context),
    ),
    DescribePipeline: operation<DescribePipelineRequest, DescribePipelineResponse>((input) =>
      describePipeline(room, input),
    ),
    ListPipelines: operation<ListPipelinesRequest, ListPipelinesResponse>((input) => listPipelines(room, input)),
    DeletePipeline: operation<DeletePipelineRequest, DeletePipelineResponse>((input) => deletePipeline(room, input)),
    ListPipelineVersions: operation<ListPipelineVersionsRequest, ListPipelineVersionsResponse>((input) =>
      listVersions(room, input),
    ),
    UpdatePipelineVersion: operation<UpdatePipelineVersionRequest, UpdatePipelineVersionResponse>((input) =>
      updateVersion(room, input),
    ),
  };
}

async function createPipeline(
  { deps, pipelines }: PipelinesContext,
  input: CreatePipelineRequest,
  { principalArn }: CallContext,
): Promise<CreatePipelineResponse> {
  const name = input.PipelineName ?? "";
  const existing = pipelines.find(name);
  if (existing) {
    if (input.ClientRequestToken !== undefined && existing.token === input.ClientRequestToken) {
      return { PipelineArn: existing.arn };
    }
    throw validationException(
      `Pipeline names must be unique within an AWS account and region. Pipeline with name (${name}) already exists.`,
    );
  }
  const definition = await definitionText(input, deps.objects);
  if (definition === undefined) {
    throw validationException("Either PipelineDefinition or PipelineDefinitionS3Location must be given.");
  }
  const now = deps.clock.now().getTime();
  const record: PipelineRecord = {
    name,
    arn: pipelines.arnOf(name),
    ...(input.PipelineDisplayName !== undefined && { displayName: input.PipelineDisplayName }),
    ...(input.PipelineDescription !== undefined && { description: input.PipelineDescription }),
    roleArn: input.RoleArn ?? "",
    createdAt: now,
    modifiedAt: now,
    createdBy: principalArn,
    modifiedBy: principalArn,
    ...maxParallel(input),
    latestVersion: 1,
    ...(input.ClientRequestToken !== undefined && { token: input.ClientRequestToken }),
  };
  await pipelines.putVersion({ pipelineName: name, id: 1, definition, createdAt: now });
  await pipelines.put(record);
  return { PipelineArn: record.arn };
}

async function updatePipeline(
  { deps, pipelines }: PipelinesContext,
  input: UpdatePipelineRequest,
  { principalArn }: CallContext,
): Promise<UpdatePipelineResponse> {
  const before = pipelines.get(input.PipelineName ?? "");
  const definition = await definitionText(input, deps.objects);
  const now = deps.clock.now().getTime();
  const changed = definition !== undefined && definition !== pipelines.version(before).definition;
  const latestVersion = before.latestVersion + (changed ? 1 : 0);
  if (changed) await pipelines.putVersion({ pipelineName: before.name, id: latestVersion, definition, createdAt: now });
  await pipelines.put({
    ...before,
    ...(input.PipelineDisplayName !== undefined && { displayName: input.PipelineDisplayName }),
    ...(input.PipelineDescription !== undefined && { description: input.PipelineDescription }),
    ...(input.RoleArn !== undefined && { roleArn: input.RoleArn }),
    ...maxParallel(input),
    latestVersion,
    modifiedAt: now,
    modifiedBy: principalArn,
  });
  return { PipelineArn: before.arn, PipelineVersionId: latestVersion };
}

function describePipeline({ pipelines }: PipelinesContext, input: DescribePipelineRequest): DescribePipelineResponse {
  const pipeline = pipelines.get(input.PipelineName ?? "");
  const version = pipelines.version(pipeline, input.PipelineVersionId ?? undefined);
  return {
    PipelineArn: pipeline.arn,
    PipelineName: pipeline.name,
    PipelineDisplayName: pipeline.displayName ?? pipeline.name,
    PipelineDefinition: version.definition,
    PipelineDescription: pipeline.description,
    RoleArn: pipeline.roleArn,
    PipelineStatus: "Active",
    CreationTime: new Date(pipeline.createdAt),
    LastModifiedTime: new Date(pipeline.modifiedAt),
    LastRunTime: pipeline.lastRunAt === undefined ? undefined : new Date(pipeline.lastRunAt),
    CreatedBy: userContext(pipeline.createdBy),
    LastModifiedBy: userContext(pipeline.modifiedBy),
    ParallelismConfiguration:
      pipeline.maxParallelSteps === undefined ? undefined : { MaxParallelExecutionSteps: pipeline.maxParallelSteps },
    PipelineVersionDisplayName: version.displayName,
    PipelineVersionDescription: version.description,
  };
}

function listPipelines({ pipelines }: PipelinesContext, input: ListPipelinesRequest): ListPipelinesResponse {
  const found = pipelines
    .all()
    .filter(({ name }) => name.startsWith(input.PipelineNamePrefix ?? ""))
    .filter(createdBetween(input));
  const { items, NextToken } = pageOf(found, input, {
    descending: input.SortOrder !== "Ascending",
    key: ({ name, createdAt }) => (input.SortBy === "Name" ? name : createdAt),
    id: ({ name }) => name,
  });
  return {
    PipelineSummaries: items.map((pipeline) => ({
      PipelineArn: pipeline.arn,
      PipelineName: pipeline.name,
      PipelineDisplayName: pipeline.displayName ?? pipeline.name,
      PipelineDescription: pipeline.description,
      RoleArn: pipeline.roleArn,
      CreationTime: new Date(pipeline.createdAt),
      LastModifiedTime: new Date(pipeline.modifiedAt),
      LastExecutionTime: pipeline.lastRunAt === undefined ? undefined : new Date(pipeline.lastRunAt),
    })),
    NextToken,
  };
}

async function deletePipeline(
  { pipelines, executions, executor }: PipelinesContext,
  input: DeletePipelineRequest,
): Promise<DeletePipelineResponse> {
  const pipeline = pipelines.get(input.PipelineName ?? "");
  const running = executions.running().filter(({ pipelineName }) => pipelineName === pipeline.name);
  if (running.length > 0) {
    throw new ServiceError(
      "ConflictException",
      `Pipeline '${pipeline.arn}' has ${running.length} running executions, such as ${running[0]?.arn}. Stop them or wait for their end.`,
    );
  }
  await pipelines.delete(pipeline);
  for (const { id } of await executions.deleteOf(pipeline.name)) executor.forget(id);
  await executor.cache.forget(pipeline.name);
  return { PipelineArn: pipeline.arn };
}

function listVersions(
  { pipelines }: PipelinesContext,
  input: ListPipelineVersionsRequest,
): ListPipelineVersionsResponse {
  const pipeline = pipelines.get(input.PipelineName ?? "");
  const found = pipelines.versionsOf(pipeline).filter(createdBetween(input));
  const { items, NextToken } = pageOf(found, input, {
    descending: input.SortOrder !== "Ascending",
    key: ({ id }) => id,
    id: ({ id }) => id,
  });
  return {
    PipelineVersionSummaries: items.map((version) => ({
      PipelineArn: pipeline.arn,
      PipelineVersionId: version.id,
      CreationTime: new Date(version.createdAt),
      PipelineVersionDescription: version.description,
      PipelineVersionDisplayName: version.displayName,
      LastExecutionPipelineExecutionArn: version.lastExecutionArn,
    })),
    NextToken,
  };
}

async function updateVersion(
  { pipelines }: PipelinesContext,
  input: UpdatePipelineVersionRequest,
): Promise<UpdatePipelineVersionResponse> {
  const pipeline = pipelines.get(input.PipelineArn ?? "");
  const before = pipelines.version(pipeline, input.PipelineVersionId ?? undefined);
  const after: PipelineVersionRecord = {
    ...before,
    ...(input.PipelineVersionDisplayName !== undefined && { displayName: input.PipelineVersionDisplayName }),
    ...(input.PipelineVersionDescription !== undefined && { description: input.PipelineVersionDescription }),
  };
  await pipelines.putVersion(after);
  return { PipelineArn: pipeline.arn, PipelineVersionId: after.id };
}

const maxParallel = (input: CreatePipelineRequest | UpdatePipelineRequest): { maxParallelSteps?: number } => {
  const steps = input.ParallelismConfiguration?.MaxParallelExecutionSteps;
  return steps === undefined ? {} : { maxParallelSteps: steps };
};

/** A filter by CreatedAfter and CreatedBefore. */
export function createdBetween(input: {
  readonly CreatedAfter?: Date | undefined;
  readonly CreatedBefore?: Date | undefined;
}): (item: { readonly createdAt: number }) => boolean {
  return ({ createdAt }) =>
    (input.CreatedAfter === undefined || createdAt > input.CreatedAfter.getTime()) &&
    (input.CreatedBefore === undefined || createdAt < input.CreatedBefore.getTime());
}
