import type {
  CreateHyperParameterTuningJobRequest,
  HyperParameterTrainingJobDefinition,
  HyperParameterTuningJobObjective,
  HyperParameterTuningJobStatus,
  ObjectiveStatus,
  TrainingJobStatus,
} from "@aws-sdk/client-sagemaker";
import type { Parameters } from "./draw";

/** One training job of a tuning job. Times are epoch milliseconds. */
export interface Trial {
  /** From 1, over all definitions. */
  readonly index: number;
  readonly name: string;
  readonly arn: string;
  /** Position of its definition in the request. */
  readonly definition: number;
  readonly parameters: Parameters;
  readonly status: TrainingJobStatus;
  readonly objectiveStatus: ObjectiveStatus;
  readonly value?: number;
  readonly creationTime: number;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly failureReason?: string;
}

/** A tuning job as it is kept. */
export interface TuningJob {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateHyperParameterTuningJobRequest;
  /** Seed of the search: the request's, or one made from the name. */
  readonly seed: number;
  readonly status: HyperParameterTuningJobStatus;
  readonly trials: readonly Trial[];
  readonly creationTime: number;
  readonly lastModifiedTime: number;
  readonly endTime?: number;
  readonly failureReason?: string;
}

/** Where tuning jobs are kept. */
export const TUNING_JOBS = "hyper-parameter-tuning-jobs";

/** A status from which nothing changes any more. */
export function isEnded(status: string): boolean {
  return status === "Completed" || status === "Failed" || status === "Stopped";
}

/** The request's definitions: one, or several to be tried in turn. */
export function definitionsOf(request: CreateHyperParameterTuningJobRequest): HyperParameterTrainingJobDefinition[] {
  return request.TrainingJobDefinition === undefined
    ? (request.TrainingJobDefinitions ?? [])
    : [request.TrainingJobDefinition];
}

/** The objective of a definition: its own, else the job's. */
export function objectiveOf(
  request: CreateHyperParameterTuningJobRequest,
  definition: number,
): HyperParameterTuningJobObjective | undefined {
  return (
    definitionsOf(request)[definition]?.TuningObjective ??
    request.HyperParameterTuningJobConfig?.HyperParameterTuningJobObjective
  );
}

/** The trial with the best objective; of equals the earliest. */
export function bestTrial(job: TuningJob): Trial | undefined {
  return rankedTrials(job)[0];
}

/** Trials that have an objective, best first; equals in order of index. */
export function rankedTrials(job: TuningJob): Trial[] {
  const sign = objectiveOf(job.request, 0)?.Type === "Minimize" ? 1 : -1;
  return job.trials
    .filter((trial) => trial.value !== undefined)
    .sort((a, b) => sign * ((a.value ?? 0) - (b.value ?? 0)) || a.index - b.index);
}

/** What a tuning job has to do next. */
export type NextStep =
  | { readonly kind: "start"; readonly index: number }
  | { readonly kind: "wait" }
  | { readonly kind: "end"; readonly status: "Completed" | "Failed" | "Stopped"; readonly reason?: string };

/**
 * Decides what to do next from the job's state alone.
 *
 * A trial is chosen from the results of a fixed number of trials before it and of no other, so it waits for these. That
 * is why the same seed gives the same trials whichever of the running ones happens to be quicker.
 *
 * @param needed - How many trials, counted from the first, must have ended before a trial can be chosen.
 */
export function nextStep(
  job: TuningJob,
  plan: { readonly trials: number; readonly parallel: number },
  needed: (index: number) => number,
): NextStep {
  const running = job.trials.filter((trial) => !isEnded(trial.status)).length;
  if (job.status === "Stopping") return running > 0 ? { kind: "wait" } : { kind: "end", status: "Stopped" };
  const index = job.trials.length + 1;
  if (index > plan.trials || targetReached(job)) return running > 0 ? { kind: "wait" } : ending(job);
  if (running >= plan.parallel) return { kind: "wait" };
  const known = job.trials.slice(0, needed(index)).every((trial) => isEnded(trial.status));
  return known ? { kind: "start", index } : { kind: "wait" };
}

/** Whether the best objective is as good as the request asked for. */
function targetReached(job: TuningJob): boolean {
  const target = job.request.HyperParameterTuningJobConfig?.TuningJobCompletionCriteria?.TargetObjectiveMetricValue;
  const best = bestTrial(job)?.value;
  if (target === undefined || best === undefined) return false;
  return objectiveOf(job.request, 0)?.Type === "Minimize" ? best <= target : best >= target;
}

function ending(job: TuningJob): NextStep {
  if (job.trials.some((trial) => trial.status === "Completed")) return { kind: "end", status: "Completed" };
  return {
    kind: "end",
    status: "Failed",
    reason: `No training job succeeded after ${job.trials.length} attempts. Please take a look at the training job failures to get more details.`,
  };
}
