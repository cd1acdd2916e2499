import { child, show } from "../issue";
import type { PlacedStep } from "../reading/nested-steps";
import { carriedKinds, stepKinds } from "../steps/registry";
import type { StepKind } from "../steps/step-kind";
import { checkArguments } from "./arguments";
import { checkCache } from "./cache";
import { isObject, type ValidationContext } from "./context";
import { checkDependsOn } from "./depends-on";
import { checkMembers } from "./members";
import { checkRetry } from "./retry";

const namePattern = /^[A-Za-z0-9\-_]{1,64}$/;
const longest = { DisplayName: 256, Description: 3072 };

/** Rules of one step. Steps in its branches are checked on their own. */
export function checkStep({ step, path }: PlacedStep, context: ValidationContext): void {
  const { add } = context;
  const value = step as Readonly<Record<string, unknown>>;
  if (value.Name !== undefined && (typeof value.Name !== "string" || !namePattern.test(value.Name))) {
    add("step_name", `${path}.Name`, `${show(value.Name)} is no step name. Use 1 to 64 letters, digits, '-' and '_'.`, {
      received: value.Name,
    });
  }
  for (const [member, limit] of Object.entries(longest)) checkText(value[member], `${path}.${member}`, limit, context);
  checkDependsOn(value, path, context);
  const kind = typeof value.Type === "string" ? stepKinds.get(value.Type) : undefined;
  if (kind === undefined) checkUnknownKind(value, path, context);
  else checkKind(kind, value, path, context);
}

function checkKind(
  kind: StepKind,
  step: Readonly<Record<string, unknown>>,
  path: string,
  context: ValidationContext,
): void {
  checkMembers(step, path, context, {
    Name: "required",
    Type: "required",
    Arguments: "required",
    DependsOn: "optional",
    DisplayName: "optional",
    Description: "optional",
    RetryPolicies: "optional",
    CacheConfig: "optional",
    ...kind.members,
  });
  checkCache(kind, step.CacheConfig, child(path, "CacheConfig"), context);
  checkRetry(kind, step.RetryPolicies, child(path, "RetryPolicies"), context);
  if (step.Arguments !== undefined && !isObject(step.Arguments)) {
    context.add(
      "type",
      `${path}.Arguments`,
      `${show(step.Arguments)} is no object. Give the step's arguments as an object.`,
      { expected: "object" },
    );
    return;
  }
  checkArguments(kind, step, path, context);
  context.issues.push(
    ...(kind.validate?.(step, {
      path,
      step: (name) => context.byName.get(name)?.step,
      paths: new Map([...context.byName].map(([name, one]) => [name, one.path])),
    }) ?? []),
  );
}

function checkUnknownKind(step: Readonly<Record<string, unknown>>, path: string, { add }: ValidationContext): void {
  for (const name of ["Name", "Type"]) {
    if (step[name] === undefined) add("required", `${path}.${name}`, `${name} is missing. Give it.`, { member: name });
  }
  const type = step.Type;
  if (type === undefined || (typeof type === "string" && carriedKinds.has(type))) return;
  const known = [...stepKinds.keys(), ...carriedKinds];
  const near = known.find((one) => one.toLowerCase() === String(type).toLowerCase());
  const remedy = near ? `Write '${near}'.` : `Use one of ${known.join(", ")}.`;
  add("unknown_step_type", `${path}.Type`, `${show(type)} is no kind of step. ${remedy}`, { received: type, known });
}

function checkText(value: unknown, path: string, limit: number, { add }: ValidationContext): void {
  if (value === undefined) return;
  if (typeof value !== "string") add("type", path, `${show(value)} is no text. Give text.`, { expected: "string" });
  else if (value.length > limit) {
    add("max_length", path, `The text has ${value.length} characters; the service takes ${limit}. Shorten it.`, {
      limit,
      received: value.length,
    });
  }
}
