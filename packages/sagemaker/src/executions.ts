import { randomUUID } from "node:crypto";
import {
  DescribePipelineCommand,
  DescribePipelineDefinitionForExecutionCommand,
  DescribePipelineExecutionCommand,
  ListPipelineExecutionsCommand,
  type PipelineExecutionSummary,
  RetryPipelineExecutionCommand,
  StartPipelineExecutionCommand,
  StopPipelineExecutionCommand,
} from "@aws-sdk/client-sagemaker";
import type { Clients } from "./clients";
import { OperationError } from "./errors";
import { type DeclaredParameter, type ParameterValues, wireParameters } from "./parameters";

/** What to start. */
export interface StartOptions {
  /** Name or ARN of a published pipeline. */
  readonly pipeline: string;
  /** @default every parameter has its default value */
  readonly parameters?: ParameterValues;
  /** Starting again with the same token gives the same execution. 32 to 128 characters. @default a new execution */
  readonly clientRequestToken?: string;
  /** Run these steps only; what they need comes from `sourceExecutionArn`. @default all steps */
  readonly selectedSteps?: readonly string[];
  /** Execution whose outputs the selected steps read. @default the service takes the newest one that ended */
  readonly sourceExecutionArn?: string;
  /** Most steps at once. @default the pipeline's own setting */
  readonly parallelism?: number;
  /** @default `execution-<epoch milliseconds>`, made by the service */
  readonly displayName?: string;
  readonly description?: string;
}

/**
 * Starts an execution after checking parameters and step names against the published definition.
 *
 * @throws ParametersError with every defect of the parameters; OperationError `step_unknown`.
 */
export async function startExecution(
  clients: Pick<Clients, "sagemaker">,
  options: StartOptions,
): Promise<{ executionArn: string }> {
  const { PipelineDefinition } = await clients.sagemaker.send(
    new DescribePipelineCommand({ PipelineName: options.pipeline }),
  );
  const definition = JSON.parse(PipelineDefinition ?? "{}") as {
    Parameters?: DeclaredParameter[];
    Steps?: DefinedStep[];
  };
  const parameters = wireParameters(definition.Parameters ?? [], options.parameters ?? {});
  checkSelected(definition.Steps ?? [], options.selectedSteps ?? []);
  const { PipelineExecutionArn } = await clients.sagemaker.send(
    new StartPipelineExecutionCommand({
      PipelineName: options.pipeline,
      PipelineParameters: parameters,
      ...(options.clientRequestToken === undefined ? {} : { ClientRequestToken: options.clientRequestToken }),
      ...(options.displayName === undefined ? {} : { PipelineExecutionDisplayName: options.displayName }),
      ...(options.description === undefined ? {} : { PipelineExecutionDescription: options.description }),
      ...(options.parallelism === undefined
        ? {}
        : { ParallelismConfiguration: { MaxParallelExecutionSteps: options.parallelism } }),
      ...(options.selectedSteps === undefined
        ? {}
        : {
            SelectiveExecutionConfig: {
              SelectedSteps: options.selectedSteps.map((StepName) => ({ StepName })),
              ...(options.sourceExecutionArn === undefined
                ? {}
                : { SourcePipelineExecutionArn: options.sourceExecutionArn }),
            },
          }),
    }),
  );
  return { executionArn: PipelineExecutionArn ?? "" };
}

/** Asks an execution to stop; running jobs are stopped by the service. */
export async function stopExecution(clients: Pick<Clients, "sagemaker">, executionArn: string): Promise<void> {
  await clients.sagemaker.send(
    new StopPipelineExecutionCommand({ PipelineExecutionArn: executionArn, ClientRequestToken: randomUUID() }),
  );
}

/** Runs a failed or stopped execution on from where it ended; steps that succeeded stay as they are. */
export async function retryExecution(clients: Pick<Clients, "sagemaker">, executionArn: string): Promise<void> {
  await clients.sagemaker.send(
    new RetryPipelineExecutionCommand({ PipelineExecutionArn: executionArn, ClientRequestToken: randomUUID() }),
  );
}

/** The definition that an execution runs, which may be another one than the pipeline has now. */
export async function executionDefinition(clients: Pick<Clients, "sagemaker">, executionArn: string): Promise<string> {
  const { PipelineDefinition } = await clients.sagemaker.send(
    new DescribePipelineDefinitionForExecutionCommand({ PipelineExecutionArn: executionArn }),
  );
  return PipelineDefinition ?? "{}";
}

/** One execution as a list would show it. */
export async function describeExecution(
  clients: Pick<Clients, "sagemaker">,
  executionArn: string,
): Promise<PipelineExecutionSummary> {
  const { CreationTime, FailureReason, ...execution } = await clients.sagemaker.send(
    new DescribePipelineExecutionCommand({ PipelineExecutionArn: executionArn }),
  );
  return {
    PipelineExecutionArn: executionArn,
    PipelineExecutionStatus: execution.PipelineExecutionStatus,
    PipelineExecutionDisplayName: execution.PipelineExecutionDisplayName,
    PipelineExecutionFailureReason: FailureReason,
    StartTime: CreationTime,
  };
}

/** Executions of a pipeline, newest first. */
export async function listExecutions(
  clients: Pick<Clients, "sagemaker">,
  { pipeline, limit = 100 }: { readonly pipeline: string; readonly limit?: number },
): Promise<PipelineExecutionSummary[]> {
  const found: PipelineExecutionSummary[] = [];
  let NextToken: string | undefined;
  do {
    const page = await clients.sagemaker.send(
      new ListPipelineExecutionsCommand({
        PipelineName: pipeline,
        SortBy: "CreationTime",
        SortOrder: "Descending",
        MaxResults: Math.min(100, limit - found.length),
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    found.push(...(page.PipelineExecutionSummaries ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined && found.length < limit);
  return found;
}

interface DefinedStep {
  readonly Name: string;
  readonly Arguments?: { readonly IfSteps?: readonly DefinedStep[]; readonly ElseSteps?: readonly DefinedStep[] };
}

function stepNames(steps: readonly DefinedStep[]): string[] {
  return steps.flatMap(({ Name, Arguments }) => [
    Name,
    ...stepNames(Arguments?.IfSteps ?? []),
    ...stepNames(Arguments?.ElseSteps ?? []),
  ]);
}

function checkSelected(steps: readonly DefinedStep[], selected: readonly string[]): void {
  const names = stepNames(steps);
  const unknown = selected.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new OperationError(
      "step_unknown",
      `selectedSteps: the pipeline has no step ${unknown.join(", ")}. Its steps are ${names.join(", ")}.`,
      { facts: { unknown, steps: names } },
    );
  }
}
