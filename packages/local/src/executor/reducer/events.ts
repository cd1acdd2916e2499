import type { JsonObject, PipelineDefinition } from "@sagewright/pipeline";
import type { CacheMiss, ExecutionIdentity, RuntimeValue, Selection } from "./state";

/** The first line of a journal. */
export interface StartedEvent {
  readonly type: "started";
  readonly at: number;
  readonly identity: ExecutionIdentity;
  readonly definition: PipelineDefinition;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly maxParallelSteps?: number;
  readonly selection?: Selection;
}

/** How an attempt of a step ended. */
export interface FinishedEvent {
  readonly type: "finished";
  readonly at: number;
  readonly step: string;
  readonly attempt: number;
  readonly outcome: "Succeeded" | "Failed" | "Stopped";
  readonly arn?: string;
  /** What references into the step read. */
  readonly properties?: JsonObject;
  readonly failureReason?: string;
  /** The exception's name in retry policies, such as `Step.THROTTLING`. */
  readonly exception?: string;
}

/** Everything that can happen to an execution. `at` is epoch milliseconds. The journal is a list of these. */
export type ExecutionEvent =
  | StartedEvent
  | FinishedEvent
  | {
      readonly type: "values";
      readonly at: number;
      readonly step: string;
      readonly values: Record<string, RuntimeValue>;
    }
  | { readonly type: "values-failed"; readonly at: number; readonly step: string; readonly failureReason: string }
  | {
      readonly type: "cache-hit";
      readonly at: number;
      readonly step: string;
      readonly sourceExecutionArn: string;
      readonly properties: JsonObject;
      readonly arn?: string;
    }
  | ({ readonly type: "cache-miss"; readonly at: number; readonly step: string } & CacheMiss)
  | {
      readonly type: "created";
      readonly at: number;
      readonly step: string;
      readonly attempt: number;
      readonly arn: string;
    }
  | { readonly type: "woken"; readonly at: number; readonly step: string; readonly attempt: number }
  | { readonly type: "stop"; readonly at: number }
  | { readonly type: "retry"; readonly at: number; readonly maxParallelSteps?: number };
