import { type Json, type PipelineDefinition, resolveExpression, textOf } from "@sagewright/pipeline";
import type { ExecutionIdentity } from "../../../executor/reducer/state";
import type { ExecutionRecord } from "./records";

/**
 * Experiment and trial of an execution: what the definition says, by default the pipeline's name in lower case and the execution's id.
 * @returns undefined when the definition declines experiments (`null`)
 */
export function experimentOf(
  definition: PipelineDefinition,
  identity: ExecutionIdentity,
  parameters: Readonly<Record<string, string | number | boolean>>,
): ExecutionRecord["experiment"] {
  const config = definition.PipelineExperimentConfig;
  if (config === null) return undefined;
  const variables: Record<string, string> = {
    PipelineName: identity.pipelineName,
    PipelineArn: identity.pipelineArn,
    PipelineExecutionId: identity.executionId,
    PipelineExecutionArn: identity.executionArn,
  };
  const resolved = (value: Json | undefined, otherwise: string): string =>
    value === undefined
      ? otherwise
      : textOf(
          resolveExpression(value, {
            parameter: (name) => parameters[name],
            execution: (name) => variables[name],
            step: () => undefined,
          }),
        );
  return {
    ExperimentName: resolved(config?.ExperimentName, identity.pipelineName).toLowerCase(),
    TrialName: resolved(config?.TrialName, identity.executionId),
  };
}
