import type { JsonObject, PipelineDefinition } from "./definition";
import { parseDefinition, printDefinition } from "./print";
import { allSteps } from "./reading/nested-steps";

/** How training and tuning jobs get their machines, where that is decided for a place and not by the steps. */
export interface TrainingPlacement {
  /** False: on demand, whatever the steps ask for; their checkpoints stay. @default as the steps ask */
  readonly spot?: boolean;
  /** @default as the steps ask; not longer than the wait */
  readonly maxRuntimeSeconds?: number;
  /** Waiting for spot capacity and running together. @default as the steps ask; not shorter than the run */
  readonly maxWaitSeconds?: number;
}

/** A definition's text with its training jobs placed. Attributes that decide over the cache stay as they are. */
export function withPlacement(json: string, placement: TrainingPlacement): string {
  const definition = parseDefinition(json);
  placeTraining(definition, placement);
  return printDefinition(definition);
}

/** Changes the definition that is handed in, so that numbers stay spelt as they were read. */
export function placeTraining(definition: PipelineDefinition, placement: TrainingPlacement): void {
  for (const { step } of allSteps(definition)) {
    if (step.Type === "Training") placeJob(step.Arguments, placement);
    if (step.Type !== "Tuning" || !isObject(step.Arguments)) continue;
    const { TrainingJobDefinition: single, TrainingJobDefinitions: several } = step.Arguments;
    for (const job of [single, ...(Array.isArray(several) ? several : [])]) placeJob(job, placement);
  }
}

function placeJob(job: unknown, { spot, maxRuntimeSeconds, maxWaitSeconds }: TrainingPlacement): void {
  if (!isObject(job)) return;
  const stopping = isObject(job.StoppingCondition) ? job.StoppingCondition : undefined;
  if (spot === false) {
    delete job.EnableManagedSpotTraining;
    delete stopping?.MaxWaitTimeInSeconds;
  }
  if (stopping === undefined) return;
  const waits = stopping.MaxWaitTimeInSeconds !== undefined;
  if (maxRuntimeSeconds !== undefined) {
    stopping.MaxRuntimeInSeconds = maxRuntimeSeconds;
    if (waits) stopping.MaxWaitTimeInSeconds = atLeast(maxRuntimeSeconds, stopping.MaxWaitTimeInSeconds);
  }
  if (maxWaitSeconds === undefined || !waits) return;
  stopping.MaxWaitTimeInSeconds = maxWaitSeconds;
  stopping.MaxRuntimeInSeconds = atMost(maxWaitSeconds, stopping.MaxRuntimeInSeconds);
}

/** A limit that is a parameter of the run is unknown here, and gives way. */
function atLeast(least: number, given: unknown): number {
  return typeof given === "number" ? Math.max(least, given) : least;
}

function atMost(most: number, given: unknown): number {
  return typeof given === "number" ? Math.min(most, given) : most;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
