import type {
  RetryPipelineExecutionRequest,
  RetryPipelineExecutionResponse,
  StartPipelineExecutionRequest,
  StartPipelineExecutionResponse,
  StopPipelineExecutionRequest,
  StopPipelineExecutionResponse,
} from "@aws-sdk/client-sagemaker";
import type { PipelineDefinition } from "@sagewright/pipeline";
import { ServiceError, validationException } from "../../../errors";
import { messageOf } from "../../../executor/exceptions";
import type { Selection } from "../../../executor/reducer/state";
import { type CallContext, type OperationTable, operation } from "../../../service";
import { unsupportedSteps } from "./definition-text";
import { experimentOf } from "./experiment";
import type { PipelinesContext } from "./pipelines-context";
import type { ExecutionRecord } from "./records";
import { selectionOf } from "./selective";
import { type GivenParameter, startParameters } from "./start-parameters";

/** Operations that start, stop and retry executions. */
export function startOperations(room: PipelinesContext): OperationTable {
  return {
    StartPipelineExecution: operation<StartPipelineExecutionRequest, StartPipelineExecutionResponse>((input, context) =>
      startExecution(room, input, context),
    ),
    StopPipelineExecution: operation<StopPipelineExecutionRequest, StopPipelineExecutionResponse>((input) =>
      stopExecution(room, input),
    ),
    RetryPipelineExecution: operation<RetryPipelineExecutionRequest, RetryPipelineExecutionResponse>((input) =>
      retryExecution(room, input),
    ),
  };
}

async function startExecution(
  room: PipelinesContext,
  input: StartPipelineExecutionRequest,
  { principalArn }: CallContext,
): Promise<StartPipelineExecutionResponse> {
  const { deps, pipelines, executions, executor } = room;
  const pipeline = pipelines.get(input.PipelineName ?? "");
  const token = input.ClientRequestToken;
  const same = token === undefined ? undefined : executions.of(pipeline.name).find((each) => each.token === token);
  if (same) return { PipelineExecutionArn: same.arn };
  const version = pipelines.version(pipeline, input.PipelineVersionId ?? undefined);
  const definition = pipelines.definition(version);
  const given = (input.PipelineParameters ?? []) as GivenParameter[];
  const parameters = startParameters(definition, given);
  const selection = selectionFor(room, definition, input);
  refuseUnsupported(definition, selection);
  const id = room.newExecutionId();
  const now = deps.clock.now().getTime();
  const maxParallelSteps = input.ParallelismConfiguration?.MaxParallelExecutionSteps ?? pipeline.maxParallelSteps;
  const limit = maxParallelSteps === undefined ? {} : { maxParallelSteps };
  const executionArn = `${pipeline.arn}/execution/${id}`;
  const identity = { pipelineName: pipeline.name, pipelineArn: pipeline.arn, executionId: id, executionArn };
  const experiment = experimentOf(definition, identity, parameters);
  const record: ExecutionRecord = {
    id,
    arn: executionArn,
    pipelineName: pipeline.name,
    pipelineArn: pipeline.arn,
    version: version.id,
    displayName: input.PipelineExecutionDisplayName ?? `execution-${now}`,
    ...(input.PipelineExecutionDescription !== undefined && { description: input.PipelineExecutionDescription }),
    status: "Executing",
    createdAt: now,
    modifiedAt: now,
    createdBy: principalArn,
    modifiedBy: principalArn,
    parameters: given.map(({ Name, Value }) => ({ Name, Value })),
    ...limit,
    ...(selection && { selectedSteps: selection.steps }),
    ...(selection?.sourceExecutionArn !== undefined && { sourceExecutionArn: selection.sourceExecutionArn }),
    ...(experiment && { experiment }),
    ...(input.MlflowExperimentName !== undefined && { mlflowExperimentName: input.MlflowExperimentName }),
    ...(token !== undefined && { token }),
  };
  // Record first: an execution that began must be found again after a crash; one that did not begin was never acknowledged.
  const recorded = executions.put(record);
  try {
    await executor.start({
      type: "started",
      at: now,
      identity,
      definition,
      parameters,
      ...limit,
      ...(selection && { selection }),
    });
  } catch (error) {
    await Promise.allSettled([recorded, executions.lost(id, `The execution could not begin. ${messageOf(error)}`)]);
    throw error;
  }
  await Promise.all([
    recorded,
    pipelines.put({ ...pipelines.get(pipeline.name), lastRunAt: now }),
    pipelines.putVersion({ ...version, lastExecutionArn: record.arn }),
  ]);
  return { PipelineExecutionArn: record.arn };
}

function selectionFor(
  { executions, executor }: PipelinesContext,
  definition: PipelineDefinition,
  { SelectiveExecutionConfig: config }: StartPipelineExecutionRequest,
): Selection | undefined {
  if (!config) return undefined;
  const sourceExecutionArn = config.SourcePipelineExecutionArn;
  const source = sourceExecutionArn === undefined ? undefined : executions.get(sourceExecutionArn);
  if (source && (source.status === "Executing" || source.status === "Stopping")) {
    throw validationException(
      `Invalid SourcePipelineExecutionArn: ${source.arn}. The execution is ${source.status}; it must have ended.`,
    );
  }
  const steps = (config.SelectedSteps ?? []).map(({ StepName }) => StepName ?? "");
  return selectionOf(definition, { steps, sourceExecutionArn }, source && executor.state(source.id));
}

function refuseUnsupported(definition: PipelineDefinition, selection: Selection | undefined): void {
  const unsupported = unsupportedSteps(definition, selection?.steps);
  if (unsupported.length === 0) return;
  const list = unsupported.map(({ name, type }) => `${name} (${type})`).join(", ");
  throw validationException(
    `The embedded cloud does not emulate the kind of these steps: ${list}. Run the other steps with SelectiveExecutionConfig, or run the pipeline on AWS.`,
  );
}

async function stopExecution(
  { executions, executor }: PipelinesContext,
  input: StopPipelineExecutionRequest,
): Promise<StopPipelineExecutionResponse> {
  const record = executions.get(input.PipelineExecutionArn ?? "");
  if (!(await executor.stop(record.id))) {
    throw new ServiceError(
      "ConflictException",
      `Pipeline execution '${record.arn}' is ${executions.get(record.arn).status} and cannot be stopped.`,
    );
  }
  return { PipelineExecutionArn: record.arn };
}

async function retryExecution(
  { executions, executor }: PipelinesContext,
  input: RetryPipelineExecutionRequest,
): Promise<RetryPipelineExecutionResponse> {
  const record = executions.get(input.PipelineExecutionArn ?? "");
  const limit = input.ParallelismConfiguration?.MaxParallelExecutionSteps;
  if (!(await executor.retry(record.id, limit))) {
    throw new ServiceError(
      "ConflictException",
      `Pipeline execution '${record.arn}' is ${record.status}; only executions that failed or were stopped can be retried.`,
    );
  }
  return { PipelineExecutionArn: record.arn };
}
