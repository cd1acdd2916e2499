import type { PipelineDefinition } from "@sagewright/pipeline";
import { validationException } from "../../../errors";
import { planOf, upstreamOf } from "../../../executor/reducer/plan";
import type { ExecutionState, ReusedResult, Selection } from "../../../executor/reducer/state";

/** What a start asks for. */
export interface SelectionRequest {
  readonly steps: readonly string[];
  readonly sourceExecutionArn?: string | undefined;
}

/**
 * A selective run: the steps to run, and the results of everything upstream of them, copied from the source execution.
 * @throws ServiceError ValidationException when a step is unknown, or a result that is needed is not there
 */
export function selectionOf(
  definition: PipelineDefinition,
  request: SelectionRequest,
  source: ExecutionState | undefined,
): Selection {
  const { steps } = planOf(definition);
  const unknown = request.steps.filter((name) => !steps.has(name));
  if (unknown.length > 0) {
    throw validationException(`Invalid SelectedSteps: [${unknown.join(", ")}]. The pipeline has no such steps.`);
  }
  const needed = neededBy(definition, request.steps);
  if (needed.length > 0 && !source) {
    throw validationException(
      `Invalid SourcePipelineExecutionArn: ${request.sourceExecutionArn ?? "null"}. The selected steps [${request.steps.join(", ")}] have dependencies on [${needed.join(", ")}].`,
    );
  }
  const missing = needed.filter((name) => source?.steps[name]?.phase !== "succeeded");
  if (missing.length > 0) {
    throw validationException(
      `The source execution ${request.sourceExecutionArn} has no results of the steps [${missing.join(", ")}], which the selected steps [${request.steps.join(", ")}] depend on. Select them too, or name another execution.`,
    );
  }
  const reused = Object.fromEntries(needed.map((name) => [name, resultOf(source, name)]));
  return {
    steps: request.steps,
    ...(request.sourceExecutionArn !== undefined && { sourceExecutionArn: request.sourceExecutionArn }),
    reused,
  };
}

/** Steps upstream of the selected ones that are not selected, in the order in which they run. */
function neededBy(definition: PipelineDefinition, selected: readonly string[]): string[] {
  const { steps, order } = planOf(definition);
  const needed = new Set<string>();
  const visit = (name: string): void => {
    const step = steps.get(name);
    for (const upstream of step ? upstreamOf(step) : []) {
      if (needed.has(upstream) || selected.includes(upstream)) continue;
      needed.add(upstream);
      visit(upstream);
    }
  };
  for (const name of selected) visit(name);
  return order.filter((name) => needed.has(name));
}

function resultOf(source: ExecutionState | undefined, name: string): ReusedResult {
  const step = source?.steps[name];
  return { properties: step?.properties ?? {}, ...(step?.arn !== undefined && { arn: step.arn }) };
}
