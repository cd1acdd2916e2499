import type { PipelineExecutionStep, PipelineExecutionStepMetadata, StepStatus } from "@aws-sdk/client-sagemaker";
import { planOf } from "../../../executor/reducer/plan";
import type { ExecutionState, StepPhase, StepState } from "../../../executor/reducer/state";
import { stepKinds } from "../../../executor/steps";

const statuses: Readonly<Record<StepPhase, StepStatus | undefined>> = {
  waiting: undefined,
  skipped: undefined,
  excluded: undefined,
  reading: "Starting",
  "looking-up": "Starting",
  starting: "Starting",
  running: "Executing",
  "backing-off": "Executing",
  succeeded: "Succeeded",
  failed: "Failed",
  stopped: "Stopped",
};

/** A step's status; undefined for steps that lists leave out: not reached, or of a branch that was not taken. */
export function stepStatus(step: StepState): StepStatus | undefined {
  if (step.phase === "running" && step.stopRequested) return "Stopping";
  return statuses[step.phase];
}

/** A step as ListPipelineExecutionSteps shows it, and its place in the list. */
export interface StepView {
  readonly startedAt: number;
  /** Steps that started at the same moment are told apart by their place in the pipeline. */
  readonly place: number;
  readonly step: PipelineExecutionStep;
}

/** All steps that were reached. */
export function stepViews(state: ExecutionState): StepView[] {
  return planOf(state.definition).order.flatMap((name, place) => {
    const step = state.steps[name];
    const status = step && stepStatus(step);
    if (!step || !status) return [];
    return { startedAt: step.startedAt ?? state.startedAt, place, step: viewOf(state, name, step, status) };
  });
}

function viewOf(state: ExecutionState, name: string, step: StepState, status: StepStatus): PipelineExecutionStep {
  const definition = planOf(state.definition).steps.get(name)?.definition;
  const failed = status === "Failed" || status === "Stopped" || status === "Executing";
  const attempts = step.attempt - (step.attemptsBefore ?? 0);
  return {
    StepName: name,
    ...(definition?.DisplayName !== undefined && { StepDisplayName: definition.DisplayName }),
    ...(definition?.Description !== undefined && { StepDescription: definition.Description }),
    ...(step.startedAt !== undefined && { StartTime: new Date(step.startedAt) }),
    ...(step.endedAt !== undefined && { EndTime: new Date(step.endedAt) }),
    StepStatus: status,
    ...(step.cache?.hit && { CacheHitResult: { SourcePipelineExecutionArn: step.cache.sourceExecutionArn } }),
    ...(failed && step.failureReason !== undefined && { FailureReason: step.failureReason }),
    Metadata: stepMetadata(state, name),
    AttemptCount: attempts,
    ...(step.reusedFrom !== undefined && {
      SelectiveExecutionResult: { SourcePipelineExecutionArn: step.reusedFrom },
    }),
  };
}

/** What a step's kind says about its result. */
export function stepMetadata(state: ExecutionState, name: string): PipelineExecutionStepMetadata {
  const definition = planOf(state.definition).steps.get(name)?.definition;
  const step = state.steps[name];
  if (!definition || !step) return {};
  return stepKinds.get(definition.Type)?.metadata(step) ?? {};
}
