import type { StepDefinition } from "../definition";
import { child } from "../issue";

/** Members of Arguments that hold steps, for kinds this package models and for those it only carries. */
export const branchMembers = ["IfSteps", "ElseSteps", "ForEachBody"] as const;

/** Name of a member that holds steps. */
export type BranchMember = (typeof branchMembers)[number];

/** A step and where it stands. */
export interface PlacedStep {
  readonly step: StepDefinition;
  readonly path: string;
  /** The step that holds this one, and in which member. */
  readonly parent?: { readonly step: string; readonly member: BranchMember };
}

/** Every step of a definition, those in branches after the step that holds them. Things that are no steps are left out. */
export function allSteps(definition: unknown): PlacedStep[] {
  return stepsOfList(member(definition, "Steps"), "Steps");
}

function stepsOfList(list: unknown, path: string, parent?: PlacedStep["parent"]): PlacedStep[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item, index) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return [];
    const step = item as StepDefinition;
    const own = child(path, index);
    const name = typeof step.Name === "string" ? step.Name : "";
    const held = branchMembers.flatMap((branch) =>
      stepsOfList(member(step.Arguments, branch), `${own}.Arguments.${branch}`, { step: name, member: branch }),
    );
    return [{ step, path: own, ...(parent && { parent }) }, ...held];
  });
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
