import { noteCreated } from "./created-steps";
import { type Reference, referenceTo } from "./expressions/reference";
import type { StepKind } from "./steps/step-kind";

/** Outcomes of an upstream step that release a step waiting for it. */
export type Trigger = "Completed" | "Failed" | "Stopped" | "Any";

/** An extra dependency on a step: wait until it completed, or with a trigger until it ended that way. */
export type Dependency = Step | { readonly step: Step; readonly trigger: Trigger };

/** Failures of the service that every step which may be retried can be retried on. */
export type StepException = "Step.SERVICE_FAULT" | "Step.THROTTLING";

/** Failures that steps which run a job can be retried on, besides. */
export type JobException = "SageMaker.JOB_INTERNAL_ERROR" | "SageMaker.CAPACITY_ERROR" | "SageMaker.RESOURCE_LIMIT";

/** When and how often the service tries a step again. Give `maxAttempts` or `expireAfterMinutes`, never both. */
export interface RetryPolicy<E extends string = StepException | JobException> {
  readonly on: readonly E[];
  readonly intervalSeconds?: number;
  readonly backoffRate?: number;
  readonly maxAttempts?: number;
  readonly expireAfterMinutes?: number;
}

/** What every step may say besides its own work. */
export interface StepBasics {
  /**
   * Steps to wait for although no value of theirs is used.
   * @default only the steps whose outputs are referenced
   */
  readonly dependsOn?: readonly Dependency[];
  readonly displayName?: string;
  readonly description?: string;
}

/** What steps of the kinds that can be cached may say. */
export interface Cacheable {
  /**
   * Whether an equal earlier run may stand for this step.
   * @default on with 30 days for the kinds that run a job; off for kinds whose purpose is a side effect
   */
  readonly cache?: boolean | { readonly expireAfter: string };
}

/** What steps of the kinds that can be retried may say. */
export interface Retryable<E extends string = StepException | JobException> {
  /** @default the service's own retries of throttling */
  readonly retry?: readonly RetryPolicy<E>[];
}

/** What steps that run a job may say. */
export interface StepOptions extends StepBasics, Cacheable, Retryable {}

/** What a step says in the definition: literals, expressions, and steps held in branches. */
export interface StepTemplate {
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Members beside `Arguments`, such as `PropertyFiles` or `FunctionArn`. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** One step of a pipeline. `Properties` is the Describe response that its references follow. */
export class Step<Properties = unknown> {
  /** References into the step's result: `step.properties.ModelArtifacts.S3ModelArtifacts`. */
  readonly properties: Reference<Properties>;

  constructor(
    readonly kind: StepKind,
    readonly name: string,
    readonly template: StepTemplate,
    readonly options: StepOptions = {},
  ) {
    this.properties = referenceTo<Properties>(this);
    noteCreated(this);
  }
}

/** Waits for a step to end in a given way, instead of to complete. */
export function after(step: Step, trigger: Trigger): Dependency {
  return { step, trigger };
}
