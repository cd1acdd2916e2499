import type { ParameterSpec } from "../definition";
import { type IssueCollector, issueCollector } from "../issue";
import { allSteps, type PlacedStep } from "../reading/nested-steps";

/** What the rules look at, and where their findings go. */
export interface ValidationContext extends IssueCollector {
  readonly definition: Readonly<Record<string, unknown>>;
  readonly parameters: ReadonlyMap<string, ParameterSpec>;
  readonly steps: readonly PlacedStep[];
  /** The first step of each name. */
  readonly byName: ReadonlyMap<string, PlacedStep>;
}

/** Prepares a definition for the rules. */
export function validationContext(definition: Readonly<Record<string, unknown>>): ValidationContext {
  const steps = allSteps(definition);
  const byName = new Map<string, PlacedStep>();
  for (const placed of steps) {
    const name = placed.step.Name;
    if (typeof name === "string" && !byName.has(name)) byName.set(name, placed);
  }
  const specs = Array.isArray(definition.Parameters) ? (definition.Parameters as unknown[]) : [];
  const parameters = specs
    .filter(isObject)
    .flatMap((spec): [string, ParameterSpec][] =>
      typeof spec.Name === "string" ? [[spec.Name, spec as unknown as ParameterSpec]] : [],
    );
  return {
    definition,
    parameters: new Map(parameters),
    steps,
    byName,
    ...issueCollector(),
  };
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The texts that a member has in a list of objects: the names of outputs, files and so on. */
export function namesIn(list: unknown, member: string): string[] {
  if (!Array.isArray(list)) return [];
  return (list as unknown[]).flatMap((one) => {
    const name = isObject(one) ? one[member] : undefined;
    return typeof name === "string" ? [name] : [];
  });
}
