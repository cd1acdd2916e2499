import type { JsonObject, PipelineDefinition } from "@sagewright/pipeline";

/** Statuses of an execution, as `DescribePipelineExecution` shows them. */
export type ExecutionStatus = "Executing" | "Stopping" | "Stopped" | "Failed" | "Succeeded" | "CompletedWithFailures";

/** A parameter's or reference's value at run time. */
export type RuntimeValue = unknown;

/** Who an execution is; the source of the `Execution.*` variables. */
export interface ExecutionIdentity {
  readonly pipelineName: string;
  readonly pipelineArn: string;
  /** Twelve of a-z0-9. */
  readonly executionId: string;
  readonly executionArn: string;
}

/** A selective run: only `steps` run; what they need of other steps is copied from an earlier execution. */
export interface Selection {
  readonly steps: readonly string[];
  readonly sourceExecutionArn?: string;
  /** Results of steps outside the selection, by step name. */
  readonly reused: Readonly<Record<string, ReusedResult>>;
}

/** The result of a step, carried over from an earlier execution. */
export interface ReusedResult {
  readonly properties: JsonObject;
  readonly arn?: string;
}

/**
 * Where a step is.
 *
 * `waiting` for others, or for a free slot; `reading` values out of JSON files in S3; `looking-up` the step cache; `starting`: its request
 * is under way; `running`: its job exists; `backing-off` before the next attempt; then one of the final ones. `skipped`: its
 * branch was not taken, or what it waits for will not happen. `excluded`: outside a selective run.
 */
export type StepPhase =
  | "waiting"
  | "reading"
  | "looking-up"
  | "starting"
  | "running"
  | "backing-off"
  | "succeeded"
  | "failed"
  | "stopped"
  | "skipped"
  | "excluded";

/** One value read from a JSON document in S3, for a `Std:JsonGet`. */
export interface ReadRequest {
  /** Identifies the expression inside the step. */
  readonly key: string;
  readonly uri: string;
  readonly path: string;
}

/** What the step cache answered. */
export type CacheOutcome =
  | { readonly hit: true; readonly sourceExecutionArn: string }
  | ({ readonly hit: false } & CacheMiss);

/** Why a step could not be taken from the cache. */
export interface CacheMiss {
  /** `unreadable`: the cache itself could not be read. */
  readonly reason: "first_run" | "changed" | "expired" | "outputs_missing" | "unreadable";
  /** The newest earlier success of this step, which the step was compared with. */
  readonly comparedWith?: string;
  /** Key attributes that differ (reason `changed`). */
  readonly changes?: readonly AttributeChange[];
  /** An output that is gone (reason `outputs_missing`). */
  readonly missing?: string;
  /** When the earlier success ended, epoch milliseconds (reason `expired`). */
  readonly endedAt?: number;
  /** What went wrong (reason `unreadable`). */
  readonly problem?: string;
}

/** One key attribute that differs between two runs of a step. */
export interface AttributeChange {
  /** For instance `HyperParameters.max_depth`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** The state of one step. Times are epoch milliseconds. */
export interface StepState {
  readonly phase: StepPhase;
  /** Attempts begun since the execution was created; part of the job's name. */
  readonly attempt: number;
  /** Attempts begun before the latest retry of the whole execution. */
  readonly attemptsBefore?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly arn?: string;
  readonly reads?: readonly ReadRequest[];
  readonly values?: Readonly<Record<string, RuntimeValue>>;
  readonly properties?: JsonObject;
  readonly failureReason?: string;
  readonly cache?: CacheOutcome;
  /** Retries used, one number per retry policy. */
  readonly retriesUsed?: readonly number[];
  readonly firstFailureAt?: number;
  readonly wakeAt?: number;
  readonly stopRequested?: true;
  /** Set on steps of a selective run whose result was copied. */
  readonly reusedFrom?: string;
}

/** Everything about one execution. Plain data: the fold of its journal. */
export interface ExecutionState {
  readonly identity: ExecutionIdentity;
  readonly definition: PipelineDefinition;
  /** Values of all parameters, typed. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** @default no limit */
  readonly maxParallelSteps?: number;
  readonly selection?: Selection;
  readonly status: ExecutionStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** A Fail step was reached: nothing new starts. */
  readonly halted?: true;
  readonly failureReason?: string;
  readonly steps: Readonly<Record<string, StepState>>;
}

const activePhases: ReadonlySet<StepPhase> = new Set(["reading", "looking-up", "starting", "running", "backing-off"]);

/** Whether a step occupies one of the execution's parallel slots. */
export const isActive = (step: StepState): boolean => activePhases.has(step.phase);

/** Whether a step will not move again (unless the execution is retried). */
export const isFinal = (step: StepState): boolean => step.phase !== "waiting" && !activePhases.has(step.phase);

/** Whether an execution has ended. */
export const hasEnded = (state: ExecutionState): boolean => state.status !== "Executing" && state.status !== "Stopping";
