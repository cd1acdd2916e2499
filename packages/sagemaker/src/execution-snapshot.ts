import {
  DescribeHyperParameterTuningJobCommand,
  type DescribeHyperParameterTuningJobResponse,
  DescribePipelineExecutionCommand,
  ListPipelineExecutionStepsCommand,
  type PipelineExecutionStep,
} from "@aws-sdk/client-sagemaker";
import type { Clients } from "./clients";
import type { ExecutionStatus, StepView, TuningProgress } from "./execution-events";
import { stepView } from "./step-view";

/** An execution at one moment. */
export interface ExecutionSnapshot {
  readonly executionArn: string;
  readonly pipelineArn: string;
  readonly displayName: string;
  readonly status: ExecutionStatus;
  readonly reason?: string;
  readonly startedAt?: Date;
  readonly changedAt?: Date;
  /** In the order they started. */
  readonly steps: readonly StepView[];
  /** Progress of tuning steps, by step name. */
  readonly tuning: ReadonlyMap<string, TuningProgress>;
}

/**
 * Asks for an execution, its steps, and the progress of its tuning steps.
 *
 * The execution is asked for before its steps: a final status then always comes with the final steps.
 *
 * @param settled - Tuning steps whose final progress is known already and need no further request.
 */
export async function takeSnapshot(
  clients: Pick<Clients, "sagemaker">,
  executionArn: string,
  now: number,
  settled: ReadonlySet<string> = new Set(),
): Promise<ExecutionSnapshot> {
  const execution = await clients.sagemaker.send(
    new DescribePipelineExecutionCommand({ PipelineExecutionArn: executionArn }),
  );
  const steps = (await listSteps(clients, executionArn)).map((step) => stepView(step, now));
  const tuning = new Map<string, TuningProgress>();
  for (const { name, job } of steps) {
    if (job?.kind === "TuningJob" && !settled.has(name)) tuning.set(name, await tuningProgress(clients, job.name));
  }
  const { FailureReason, CreationTime, LastModifiedTime } = execution;
  return {
    executionArn,
    pipelineArn: execution.PipelineArn ?? "",
    displayName: execution.PipelineExecutionDisplayName ?? "",
    status: (execution.PipelineExecutionStatus ?? "Executing") as ExecutionStatus,
    ...(FailureReason === undefined ? {} : { reason: FailureReason }),
    ...(CreationTime === undefined ? {} : { startedAt: CreationTime }),
    ...(LastModifiedTime === undefined ? {} : { changedAt: LastModifiedTime }),
    steps,
    tuning,
  };
}

/** All steps of an execution that were reached, oldest first. */
export async function listSteps(
  clients: Pick<Clients, "sagemaker">,
  executionArn: string,
): Promise<PipelineExecutionStep[]> {
  const steps: PipelineExecutionStep[] = [];
  let NextToken: string | undefined;
  do {
    const page = await clients.sagemaker.send(
      new ListPipelineExecutionStepsCommand({
        PipelineExecutionArn: executionArn,
        SortOrder: "Ascending",
        MaxResults: 100,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    steps.push(...(page.PipelineExecutionSteps ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return steps;
}

/** How far a tuning job is and which trial leads. */
export async function tuningProgress(clients: Pick<Clients, "sagemaker">, name: string): Promise<TuningProgress> {
  const job = await clients.sagemaker.send(
    new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name }),
  );
  const counters = job.TrainingJobStatusCounters;
  const best = job.BestTrainingJob;
  const metric = best?.FinalHyperParameterTuningJobObjectiveMetric;
  return {
    total: trialsOf(job),
    completed: counters?.Completed ?? 0,
    inProgress: counters?.InProgress ?? 0,
    failed: (counters?.RetryableError ?? 0) + (counters?.NonRetryableError ?? 0),
    stopped: counters?.Stopped ?? 0,
    ...(best === undefined || metric?.Value === undefined
      ? {}
      : {
          best: {
            trainingJob: best.TrainingJobName ?? "",
            metric: metric.MetricName ?? "",
            value: metric.Value,
            parameters: best.TunedHyperParameters ?? {},
          },
        }),
  };
}

/** How many trials a job makes; a grid's number is that of its combinations and in no other member. */
function trialsOf({
  HyperParameterTuningJobConfig: config,
  TrainingJobDefinition: single,
  TrainingJobDefinitions: several,
}: DescribeHyperParameterTuningJobResponse): number {
  const limit = config?.ResourceLimits?.MaxNumberOfTrainingJobs;
  if (limit !== undefined) return limit;
  const definitions = several ?? [single];
  return definitions.reduce((sum, definition) => {
    const ranges = (definition?.HyperParameterRanges ?? config?.ParameterRanges)?.CategoricalParameterRanges ?? [];
    return sum + ranges.reduce((product, { Values }) => product * (Values?.length ?? 1), 1);
  }, 0);
}
