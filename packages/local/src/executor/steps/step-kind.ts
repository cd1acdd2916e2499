import type { JsonObject, StepDefinition } from "@sagewright/pipeline";
import type { Resolve } from "../conditions";
import type { ServiceCall } from "../reducer/commands";
import type { ExecutionIdentity } from "../reducer/state";

/** What a call to a service answered: JSON, dates and bytes. */
export type ServiceAnswer = Record<string, unknown>;

/** One attempt of a step, ready to be sent. */
export interface Attempt {
  /** The step with every reference replaced. */
  readonly step: StepDefinition;
  /** Name for the job. */
  readonly name: string;
  /** Ten characters that only depend on execution, step and attempt: for requests that are made idempotent by a token. */
  readonly token: string;
  readonly identity: ExecutionIdentity;
}

/** How a job's life is followed on the event bus and by Describe. */
export interface JobLife {
  /** For instance `SageMaker Training Job State Change`. */
  readonly detailType: string;
  /** Member of event and description with the job's name. */
  readonly nameMember: string;
  /** Member with the job's status. */
  readonly statusMember: string;
  stop(name: string): ServiceCall;
}

/** What is known of a step's result. */
export interface StepResult {
  readonly arn?: string;
  readonly properties?: JsonObject;
  readonly failureReason?: string;
}

/** A step kind that sends a request to a service. */
export interface CallKind {
  readonly type: string;
  /** Where a job's name goes, and how long it may be. Absent when the request names nothing. */
  readonly naming?: { readonly member: string; readonly maxLength: number };
  /** A call made before the request; a refusal of it is no failure. */
  prepare?(attempt: Attempt): ServiceCall | undefined;
  /** The request that does the work, or starts the job that does it. */
  request(attempt: Attempt): ServiceCall;
  /** ARN in the answer. */
  arn(answer: ServiceAnswer): string | undefined;
  /** Absent when the work is done once the request is answered. */
  readonly job?: JobLife;
  /** Calls that read the result; the first one describes it. */
  describe?(name: string, arn: string | undefined, step: StepDefinition): ServiceCall[];
  /**
   * What references into the step read.
   * @param answers those of `describe`, else the request's own
   * @throws StepFailure when the answer means failure
   */
  properties(answers: readonly ServiceAnswer[], step: StepDefinition): JsonObject;
  /** The step's entry in ListPipelineExecutionSteps. */
  metadata(result: StepResult): Record<string, unknown>;
  /** S3 URIs that a re-used result refers to. */
  outputs(properties: JsonObject): string[];
}

/** A step kind that the executor itself carries out. */
export interface ControlKind {
  readonly type: string;
  /**
   * @returns the step's properties
   * @throws StepFailure when the step fails
   */
  decide(step: StepDefinition, resolve: Resolve): JsonObject;
  /** A failure of this kind ends the whole execution. */
  readonly failureEndsExecution?: true;
  metadata(result: StepResult): Record<string, unknown>;
}

/** A step kind: one file of this folder. */
export type StepKind = CallKind | ControlKind;

/** Whether the executor carries the step out itself. */
export const isControl = (kind: StepKind): kind is ControlKind => "decide" in kind;
