import type { PipelineExecutionStep, PipelineExecutionStepMetadata } from "@aws-sdk/client-sagemaker";
import type { JobReference, StepState, StepView } from "./execution-events";

/** Reads a step of ListPipelineExecutionSteps. `now` (epoch milliseconds) is for the time of one that still runs. */
export function stepView(step: PipelineExecutionStep, now: number): StepView {
  const { StartTime, EndTime, Metadata } = step;
  const cachedFrom = step.CacheHitResult?.SourcePipelineExecutionArn || undefined;
  const job = jobOf(Metadata);
  const outcome = Metadata?.Condition?.Outcome;
  const started = StartTime?.getTime() ?? now;
  return {
    name: step.StepName ?? "",
    state: stateOf(step, cachedFrom !== undefined),
    seconds: Math.max(0, (EndTime?.getTime() ?? now) - started) / 1_000,
    attempts: step.AttemptCount ?? 1,
    ...(StartTime === undefined ? {} : { startedAt: StartTime }),
    ...(EndTime === undefined ? {} : { endedAt: EndTime }),
    ...(step.FailureReason === undefined ? {} : { reason: step.FailureReason }),
    ...(job === undefined ? {} : { job }),
    ...(cachedFrom === undefined ? {} : { cachedFrom }),
    ...(outcome === undefined ? {} : { outcome: outcome.toLowerCase() === "true" }),
    ...(Metadata?.RegisterModel?.Arn === undefined ? {} : { modelPackageArn: Metadata.RegisterModel.Arn }),
    ...(Metadata?.Model?.Arn === undefined ? {} : { modelArn: Metadata.Model.Arn }),
  };
}

function stateOf(step: PipelineExecutionStep, cached: boolean): StepState {
  switch (step.StepStatus) {
    case "Succeeded":
      return cached ? "cached" : "succeeded";
    case "Failed":
      return "failed";
    case "Stopped":
      return "stopped";
    case "Stopping":
      return "stopping";
    default:
      return "running";
  }
}

function jobOf(metadata: PipelineExecutionStepMetadata | undefined): JobReference | undefined {
  for (const kind of ["TrainingJob", "ProcessingJob", "TransformJob", "TuningJob"] as const) {
    const arn = metadata?.[kind]?.Arn;
    if (arn !== undefined) return { kind, arn, name: arn.slice(arn.lastIndexOf("/") + 1) };
  }
  return undefined;
}
