import { graph, type PipelineDefinition } from "@sagewright/pipeline";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { nearest } from "../project/nearest";

/** Which steps of a pipeline to run. */
export interface StepChoice {
  /** This one and everything that follows from it. */
  from?: string;
  /** These alone. */
  only?: readonly string[];
}

/**
 * Names of the steps that a choice means, in the order they run; undefined when it means all.
 *
 * @throws CliError `usage` when both are given, `step_unknown` with the nearest name
 */
export function selectedSteps(definition: PipelineDefinition, { from, only }: StepChoice): string[] | undefined {
  if (from === undefined && only === undefined) return undefined;
  if (from !== undefined && only !== undefined) {
    throw new CliError({
      code: "usage",
      message: "--from and --only are two ways to choose steps",
      fix: "give one of them",
      exitCode: exitCodes.usage,
    });
  }
  const { edges, order } = graph(definition);
  for (const name of only ?? [from ?? ""]) if (!order.includes(name)) throw stepUnknown(name, order);
  if (only !== undefined) return order.filter((name) => only.includes(name));
  const chosen = new Set([from]);
  for (const name of order) if (edges.some((edge) => edge.to === name && chosen.has(edge.from))) chosen.add(name);
  return order.filter((name) => chosen.has(name));
}

/** Steps that the chosen ones need and that do not run again: their results come from an earlier run. */
export function neededSteps(definition: PipelineDefinition, selected: readonly string[]): string[] {
  const { edges, order } = graph(definition);
  const needed = new Set<string>();
  for (const name of [...order].reverse()) {
    const into = selected.includes(name) || needed.has(name);
    for (const { from, to } of edges) if (into && to === name && !selected.includes(from)) needed.add(from);
  }
  return order.filter((name) => needed.has(name));
}

function stepUnknown(step: string, names: readonly string[]): CliError {
  const meant = nearest(step, names);
  return new CliError({
    code: "step_unknown",
    subject: step,
    message: "the pipeline has no step of this name",
    why: `it has: ${names.join(", ")}`,
    ...(meant === undefined ? {} : { fix: `did you mean: ${meant}?` }),
    exitCode: exitCodes.usage,
  });
}
