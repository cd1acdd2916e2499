import type { Json, PipelineDefinition, StepDefinition } from "@sagewright/pipeline";
import type { StartedEvent } from "../../src/executor/reducer/events";

/** A definition with the given steps. */
export const definitionOf = (Steps: StepDefinition[], more: Partial<PipelineDefinition> = {}): PipelineDefinition => ({
  Version: "2020-12-01",
  Metadata: {},
  Parameters: [],
  ...more,
  Steps,
});

/** A small Processing step. */
export const processing = (Name: string, more: Partial<StepDefinition> = {}): StepDefinition => ({
  Name,
  Type: "Processing",
  Arguments: { AppSpecification: { ImageUri: "image" } },
  ...more,
});

/** A Condition step. */
export const condition = (
  Name: string,
  Conditions: Json[],
  IfSteps: StepDefinition[] = [],
  ElseSteps: StepDefinition[] = [],
): StepDefinition => ({
  Name,
  Type: "Condition",
  Arguments: { Conditions, IfSteps: IfSteps as unknown as Json, ElseSteps: ElseSteps as unknown as Json },
});

/** Who the executions of the tests are. */
export const identity = {
  pipelineName: "churn",
  pipelineArn: "arn:aws:sagemaker:us-east-1:000000000000:pipeline/churn",
  executionId: "abcdefghijkl",
  executionArn: "arn:aws:sagemaker:us-east-1:000000000000:pipeline/churn/execution/abcdefghijkl",
};

/** The first event of an execution. */
export const started = (definition: PipelineDefinition, more: Partial<StartedEvent> = {}): StartedEvent => ({
  type: "started",
  at: 1_700_000_000_000,
  identity,
  definition,
  parameters: {},
  ...more,
});
