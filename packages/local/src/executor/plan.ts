import type { Json, JsonObject, PipelineDefinition, StepDefinition } from "@sagewright/pipeline";
import { CloudError } from "../errors";

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
 * @throws CloudError `definition_cycle`, `definition_dangling` for definitions that CreatePipeline would have refused
 */
export function planOf(definition: PipelineDefinition): Plan {
  const known = plans.get(definition);
  if (known) return known;
  const steps = new Map<string, PlannedStep>();
  collect(definition.Steps, undefined, steps);
  const plan = { steps, order: topologicalOrder(steps) };
  plans.set(definition, plan);
  return plan;
}

/** Names of the steps that a step needs directly: parent, dependencies, references. */
export const upstreamOf = (step: PlannedStep): string[] => [
  ...new Set([...(step.parent ? [step.parent.step] : []), ...step.waits.map((wait) => wait.step)]),
];

function collect(list: readonly StepDefinition[], parent: PlannedStep["parent"], into: Map<string, PlannedStep>): void {
  for (const definition of list) {
    const isCondition = definition.Type === "Condition";
    into.set(definition.Name, {
      name: definition.Name,
      definition,
      ...(parent && { parent }),
      waits: waitsOf(definition),
    });
    if (!isCondition) continue;
    const { IfSteps, ElseSteps } = definition.Arguments as { IfSteps?: Json; ElseSteps?: Json };
    collect((IfSteps ?? []) as unknown as StepDefinition[], { step: definition.Name, outcome: true }, into);
    collect((ElseSteps ?? []) as unknown as StepDefinition[], { step: definition.Name, outcome: false }, into);
  }
}

function waitsOf(definition: StepDefinition): PlannedStep["waits"] {
  const waits = new Map<string, { step: string; trigger: Trigger }>();
  const add = (step: string, trigger: Trigger) => waits.set(`${step} ${trigger}`, { step, trigger });
  for (const entry of definition.DependsOn ?? []) {
    if (typeof entry === "string") add(entry, "Completed");
    else add(entry.Step, entry.Trigger);
  }
  for (const step of referencedSteps(ownContent(definition))) add(step, "Completed");
  return [...waits.values()];
}

/** A step's content without the steps nested in it, which have references of their own. */
export function ownContent(definition: StepDefinition): Json {
  if (definition.Type !== "Condition") return definition as unknown as Json;
  const { IfSteps: _if, ElseSteps: _else, ...own } = definition.Arguments;
  return { ...definition, Arguments: own } as unknown as Json;
}

function referencedSteps(value: Json | undefined, found = new Set<string>()): Set<string> {
  if (typeof value !== "object" || value === null) return found;
  if (Array.isArray(value)) {
    for (const item of value) referencedSteps(item, found);
    return found;
  }
  const step = typeof value.Get === "string" ? /^Steps\.([^.[]+)/.exec(value.Get)?.[1] : undefined;
  if (step !== undefined) found.add(step);
  for (const member of Object.values(value as JsonObject)) referencedSteps(member, found);
  return found;
}

function topologicalOrder(steps: ReadonlyMap<string, PlannedStep>): string[] {
  const order: string[] = [];
  const mark = new Map<string, "open" | "done">();
  const visit = (name: string, from: string): void => {
    const step = steps.get(name);
    if (!step) throw new CloudError("definition_dangling", `Step ${from} needs ${name}, which does not exist.`);
    if (mark.get(name) === "done") return;
    if (mark.get(name) === "open") throw new CloudError("definition_cycle", `Step ${name} waits for itself.`);
    mark.set(name, "open");
    for (const upstream of upstreamOf(step)) visit(upstream, name);
    mark.set(name, "done");
    order.push(name);
  };
  for (const name of steps.keys()) visit(name, name);
  return order;
}
