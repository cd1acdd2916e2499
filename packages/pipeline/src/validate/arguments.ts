import { checkRequest } from "../constraints/check-request";
import { child, show } from "../issue";
import { parseReference } from "../reading/parse-reference";
import { isExpressionForm } from "../reading/references";
import type { StepKind } from "../steps/step-kind";
import { isObject, type ValidationContext } from "./context";
import { checkMembers } from "./members";

/** Rules of a step's Arguments: the request it stands for, or the members the kind lists. */
export function checkArguments(
  kind: StepKind,
  step: Readonly<Record<string, unknown>>,
  path: string,
  context: ValidationContext,
): void {
  const own = `${path}.Arguments`;
  const given = (step.Arguments ?? {}) as Record<string, unknown>;
  if (kind.argumentMembers) checkMembers(given, own, context, kind.argumentMembers);
  for (const member of kind.requiredArguments ?? []) {
    if (given[member] === undefined) {
      context.add("required", child(own, member), `${member} is missing. Give it.`, { member });
    }
  }
  if (kind.operation === undefined) return;
  const refused = kind.refused ?? {};
  for (const [member, remedy] of Object.entries(refused)) {
    if (given[member] === undefined) continue;
    context.add("refused_member", child(own, member), `Pipelines refuse ${member} in a ${kind.type} step. ${remedy}.`, {
      member,
      type: kind.type,
    });
  }
  const elsewhere = new Set([...Object.keys(refused), ...(kind.toleratedArguments ?? [])]);
  const request = Object.fromEntries(Object.entries(given).filter(([member]) => !elsewhere.has(member)));
  checkTemplate(kind.operation, request, own, context, kind.nameMember ? [kind.nameMember] : []);
  checkExperiment(given.ExperimentConfig, own, context);
}

/** Compares a request in which expressions may stand for values with the service model. */
export function checkTemplate(
  operation: string,
  request: unknown,
  path: string,
  context: Pick<ValidationContext, "add">,
  setByOthers: readonly string[] = [],
): void {
  const violations = checkRequest(operation, request, {
    standsIn: (value, type, at) => standsIn(value, type, join(path, at), context),
    setByOthers,
  });
  for (const { code, path: at, message, facts } of violations) {
    context.add(code, join(path, at), message, { ...facts, operation });
  }
}

function join(path: string, rest: string): string {
  return rest === "" ? path : rest.startsWith("[") ? path + rest : `${path}.${rest}`;
}

/** An expression may stand for any value, but a text never for a list or an object. */
function standsIn(value: unknown, type: string, path: string, { add }: Pick<ValidationContext, "add">): boolean {
  if (!isExpressionForm(value)) return false;
  if (["list", "structure", "map"].includes(type) && isScalar(value)) {
    const noun = type === "list" ? "list" : "object";
    add(
      "expression_type",
      path,
      `${show(value)} is a single value where the service expects a ${noun}. Put it inside a ${noun}.`,
      { expected: type },
    );
  }
  return true;
}

function isScalar(value: Record<string, unknown>): boolean {
  if ("Std:Join" in value) return true;
  const kind = typeof value.Get === "string" ? parseReference(value.Get).kind : undefined;
  return kind === "parameter" || kind === "execution" || kind === "experiment";
}

function checkExperiment(config: unknown, path: string, { add }: ValidationContext): void {
  if (!isObject(config)) return;
  for (const member of ["ExperimentName", "TrialName", "RunName"]) {
    if (config[member] === undefined) continue;
    add(
      "refused_member",
      `${path}.ExperimentConfig.${member}`,
      `Pipelines set ${member} themselves. Use PipelineExperimentConfig of the pipeline.`,
      { member },
    );
  }
}
