import {
  DescribePipelineDefinitionForExecutionCommand,
  ListPipelineParametersForExecutionCommand,
} from "@aws-sdk/client-sagemaker";
import { isNotFound } from "../aws-errors";
import type { Clients } from "../clients";
import type { ModelDetails } from "../registry";

/** The parameter that a pipeline's own gate reads. */
const PARAMETER = "MinimumAuc";

/**
 * The least ROC AUC that the execution which registered a version was held to: its `MinimumAuc` parameter.
 *
 * @returns undefined when no pipeline registered the version, or one without such a parameter
 */
export async function registeringMinimum(
  { sagemaker }: Pick<Clients, "sagemaker">,
  { executionArn }: Pick<ModelDetails, "executionArn">,
): Promise<number | undefined> {
  if (executionArn === undefined) return undefined;
  const execution = { PipelineExecutionArn: executionArn };
  try {
    const { PipelineParameters = [] } = await sagemaker.send(new ListPipelineParametersForExecutionCommand(execution));
    const given = PipelineParameters.find(({ Name }) => Name === PARAMETER)?.Value;
    if (given !== undefined) return finite(given);
    const { PipelineDefinition = "{}" } = await sagemaker.send(
      new DescribePipelineDefinitionForExecutionCommand(execution),
    );
    const { Parameters = [] } = JSON.parse(PipelineDefinition) as {
      Parameters?: readonly { readonly Name: string; readonly DefaultValue?: unknown }[];
    };
    return finite(Parameters.find(({ Name }) => Name === PARAMETER)?.DefaultValue);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function finite(value: unknown): number | undefined {
  const number = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
