import { type GraphNode, graph, type Json, type PipelineDefinition, type StepDefinition } from "@sagewright/pipeline";
import { CloudError } from "../../errors";

/** How an upstream step must end to release one that waits for it. */
export type Trigger = "Completed" | "Failed" | "Stopped" | "Any";

/** One step of a definition, wherever it is nested, with everything that decides when it runs. */
export interface PlannedStep {
  readonly name: string;
  readonly definition: StepDefinition;
  /** The condition step that holds it, and the outcome that lets it run. */
  readonly parent?: { readonly step: string; readonly outcome: boolean };
  readonly waits: readonly { readonly step: string; readonly trigger: Trigger }[];
}

/** A definition, read for running. */
export interface Plan {
  readonly steps: ReadonlyMap<string, PlannedStep>;
  /** All names, upstream before downstream, else as the definition lists them. */
  readonly order: readonly string[];
}

const plans = new WeakMap<PipelineDefinition, Plan>();

/**
 * The plan of a definition; the same object for the same definition.
 * @throws CloudError `definition_cycle` for a definition that CreatePipeline would have refused
 */
export function planOf(definition: PipelineDefinition): Plan {
  const known = plans.get(definition);
  if (known) return known;
  const { nodes, edges, order, cycles } = graph(definition);
  if (cycles.length > 0) {
    const round = cycles[0]?.join(" -> ");
    throw new CloudError("definition_cycle", `The steps ${round} wait for each other. Remove one of the dependencies.`);
  }
  const waits = new Map<string, { step: string; trigger: Trigger }[]>(nodes.map(({ name }) => [name, []]));
  for (const { from, to, kind, trigger } of edges) {
    if (kind !== "branch") waits.get(to)?.push({ step: from, trigger });
  }
  const steps = new Map(nodes.map((node) => [node.name, planned(node, waits.get(node.name) ?? [])]));
  const plan = { steps, order };
  plans.set(definition, plan);
  return plan;
}

function planned({ name, step, parent }: GraphNode, waits: PlannedStep["waits"]): PlannedStep {
  return {
    name,
    definition: step,
    ...(parent && { parent: { step: parent.step, outcome: parent.branch === "if" } }),
    waits,
  };
}

/** Names of the steps that a step needs directly: parent, dependencies, references. */
export const upstreamOf = (step: PlannedStep): string[] => [
  ...new Set([...(step.parent ? [step.parent.step] : []), ...step.waits.map((wait) => wait.step)]),
];

/** A step's content without the steps nested in it, which have references of their own. */
export function ownContent(definition: StepDefinition): Json {
  if (definition.Type !== "Condition") return definition as unknown as Json;
  const { IfSteps: _if, ElseSteps: _else, ...own } = definition.Arguments;
  return { ...definition, Arguments: own } as unknown as Json;
}
