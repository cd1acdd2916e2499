import type { DelayCause } from "./pace";

/** Kinds of step that run as a job of SageMaker with a log of its own. */
export type JobKind = "TrainingJob" | "ProcessingJob" | "TransformJob" | "TuningJob";

/** The job behind a step. */
export interface JobReference {
  readonly kind: JobKind;
  readonly name: string;
  readonly arn: string;
}

/** How far a tuning job is. */
export interface TuningProgress {
  readonly total: number;
  readonly completed: number;
  readonly inProgress: number;
  readonly failed: number;
  readonly stopped: number;
  /** The best trial so far. @default absent until one trial has a value */
  readonly best?: {
    readonly trainingJob: string;
    readonly metric: string;
    readonly value: number;
    readonly parameters: Readonly<Record<string, string>>;
  };
}

/** Where a step stands. A cached step took its outputs from an earlier execution. */
export type StepState = "running" | "succeeded" | "cached" | "failed" | "stopping" | "stopped";

/** One step as an execution shows it. */
export interface StepView {
  readonly name: string;
  readonly state: StepState;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  /** Time so far, or in all once it ended. */
  readonly seconds: number;
  readonly reason?: string;
  readonly job?: JobReference;
  /** Execution whose result a cached step took. */
  readonly cachedFrom?: string;
  /** What a Condition step decided. */
  readonly outcome?: boolean;
  /** The version a RegisterModel step made. */
  readonly modelPackageArn?: string;
  /** The model a Model step made. */
  readonly modelArn?: string;
  readonly attempts: number;
}

/** Status of an execution, in SageMaker's words. */
export type ExecutionStatus = "Executing" | "Stopping" | "Stopped" | "Failed" | "Succeeded" | "CompletedWithFailures";

/** News of an execution. */
export type ExecutionEvent =
  | {
      readonly type: "execution";
      readonly at: Date;
      readonly executionArn: string;
      readonly status: ExecutionStatus;
      readonly reason?: string;
    }
  | { readonly type: "step"; readonly at: Date; readonly step: StepView }
  | { readonly type: "tuning"; readonly at: Date; readonly step: string; readonly progress: TuningProgress }
  | {
      readonly type: "delay";
      readonly at: Date;
      /** What is waited for: the cloud to take requests again, to work again, to be reached, or the user to sign in. */
      readonly cause: DelayCause;
      readonly message: string;
      readonly retryAfterMs: number;
    };

/** Whether nothing more will happen to an execution of this status. */
export function isFinal(status: ExecutionStatus): boolean {
  return status !== "Executing" && status !== "Stopping";
}
