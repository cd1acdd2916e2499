import { Step } from "./step";
import { stepsIn } from "./steps-in";

/** The steps of a pipeline, sorted out. */
export interface Arrangement {
  /** Steps of the top level, each after the steps it needs. */
  readonly top: readonly Step[];
  /** Every step, branches included. */
  readonly all: ReadonlySet<Step>;
}

/** Finds every step that the given ends need. Steps listed in a branch stay there; all others are at the top level. */
export function arrange(ends: readonly Step[]): Arrangement {
  const ordered = new Set<Step>();
  const seen = new Set<Step>();
  const inBranch = new Set<Step>();
  const visit = (step: Step): void => {
    if (seen.has(step)) return;
    seen.add(step);
    const held = heldSteps(step.template.arguments);
    for (const branchStep of held) inBranch.add(branchStep);
    for (const needed of neededSteps(step)) visit(needed);
    for (const branchStep of held) visit(branchStep);
    ordered.add(step);
  };
  for (const end of ends) visit(end);
  return { top: [...ordered].filter((step) => !inBranch.has(step)), all: ordered };
}

/** Steps that a template holds in its branches, outermost only. */
function heldSteps(template: unknown): Step[] {
  if (template instanceof Step) return [template];
  if (Array.isArray(template)) return template.flatMap(heldSteps);
  if (typeof template !== "object" || template === null) return [];
  if (Object.getPrototypeOf(template) !== Object.prototype) return [];
  return Object.values(template).flatMap(heldSteps);
}

function neededSteps(step: Step): Step[] {
  const extra = (step.options.dependsOn ?? []).map((dependency) =>
    dependency instanceof Step ? dependency : dependency.step,
  );
  return [...new Set([...stepsIn(step.template.arguments), ...stepsIn(step.template.members), ...extra])];
}
