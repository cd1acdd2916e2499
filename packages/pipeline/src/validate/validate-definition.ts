import type { StepDefinition } from "../definition";
import { type Issue, issue, show } from "../issue";
import { graph } from "../reading/graph";
import { references } from "../reading/references";
import { isObject, type ValidationContext, validationContext } from "./context";
import { checkEnvelope } from "./envelope";
import { checkExpressions } from "./expressions";
import { checkParameters } from "./parameters";
import { checkStep } from "./step";

/**
 * Compares a definition with the rules of the service, so that what the service would refuse minutes later is refused
 * now. Returns every issue in document order; none for a good definition. Never throws, whatever it is given.
 */
export function validateDefinition(definition: unknown): Issue[] {
  if (!isObject(definition)) {
    return [
      issue(
        "not_a_definition",
        "",
        `${show(definition)} is no pipeline definition. Give the JSON object of a pipeline.`,
      ),
    ];
  }
  const context = validationContext(definition);
  checkEnvelope(context);
  checkParameters(context);
  for (const placed of context.steps) checkStep(placed, context);
  checkNames(context);
  checkExpressions(context);
  checkCycles(context);
  return distinct(context.issues);
}

function checkNames({ steps, byName, add }: ValidationContext): void {
  for (const { step, path } of steps) {
    const first = typeof step.Name === "string" ? byName.get(step.Name) : undefined;
    if (first === undefined || first.path === path) continue;
    add(
      "duplicate_name",
      `${path}.Name`,
      `'${step.Name}' is also the name of ${first.path}. Give each step its own name, over all branches.`,
      { name: step.Name, first: first.path },
    );
  }
}

function checkCycles({ definition, byName, add }: ValidationContext): void {
  for (const cycle of graph(definition).cycles) {
    const [first = "", second] = cycle;
    // A step that waits for itself is reported where it says so.
    if (second === undefined) continue;
    const start = byName.get(first);
    const round = [...cycle, first].join(" <- ");
    add(
      "cycle",
      start ? start.path + dependencyPath(start.step, second) : "Steps",
      `Steps wait for each other: ${round}. Remove one of these dependencies.`,
      { steps: cycle },
    );
  }
}

/** Where in a step its dependency on another one is written. */
function dependencyPath(step: StepDefinition, needed: string): string {
  const extra = Array.isArray(step.DependsOn) ? step.DependsOn : [];
  const index = extra.findIndex((entry) => (isObject(entry) ? entry.Step : entry) === needed);
  if (index >= 0) return `.DependsOn[${index}]`;
  const found = references(step).find(({ reference }) => reference.kind === "step" && reference.step === needed);
  return found ? `.${found.path}` : "";
}

function distinct(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ code, path, message }) => {
    const key = JSON.stringify([code, path, message]);
    return seen.has(key) ? false : seen.add(key);
  });
}
