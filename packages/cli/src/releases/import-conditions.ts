import type { StepDefinition } from "@sagewright/pipeline";
import { code, type Scope } from "./import-values";

const comparisons: Readonly<Record<string, string>> = {
  Equals: "equals",
  GreaterThan: "greaterThan",
  GreaterThanOrEqualTo: "greaterThanOrEqual",
  LessThan: "lessThan",
  LessThanOrEqualTo: "lessThanOrEqual",
};

/** A condition step with its builder, or undefined when it says something the builder does not. */
export function conditionCall({ Name, Arguments }: StepDefinition, scope: Scope): string | undefined {
  const { Conditions, IfSteps, ElseSteps, ...rest } = Arguments as Record<string, unknown>;
  if (!Array.isArray(Conditions) || !Array.isArray(IfSteps) || !Array.isArray(ElseSteps)) return undefined;
  const written = Conditions.map((condition) => conditionCode(condition, scope));
  if (Object.keys(rest).length > 0 || written.includes(undefined)) return undefined;
  const names = (steps: StepDefinition[]) => steps.map((each) => scope.steps.get(each.Name)).join(", ");
  const [only, ...more] = written;
  const tests = more.length === 0 && only !== undefined ? only : `[\n${written.map((one) => `  ${one},\n`).join("")}]`;
  return [
    `when(${JSON.stringify(Name)}, ${tests})`,
    `  .then(${names(IfSteps as StepDefinition[])})`,
    `  .otherwise(${names(ElseSteps as StepDefinition[])})`,
  ].join("\n");
}

function conditionCode(condition: unknown, scope: Scope): string | undefined {
  const { Type, ...members } = condition as { Type: string } & Record<string, unknown>;
  const keys = Object.keys(members).sort().join();
  const name = comparisons[Type];
  if (name !== undefined && keys === "LeftValue,RightValue") {
    const { LeftValue: left, RightValue: right } = members;
    const type = name === "equals" ? typeOf([right, left]) : "number";
    return `${name}(${code(left, scope, type)}, ${code(right, scope, type)})`;
  }
  if (Type === "In" && keys === "QueryValue,Values" && Array.isArray(members.Values)) {
    const type = typeOf(members.Values);
    const values = members.Values.map((each) => code(each, scope, type));
    return `isIn(${code(members.QueryValue, scope, type)}, [${values.join(", ")}])`;
  }
  if (Type === "Not" && keys === "Condition") return wrapped("not", [members.Condition], scope);
  if (Type === "Or" && keys === "Conditions" && Array.isArray(members.Conditions) && members.Conditions.length > 1)
    return wrapped("or", members.Conditions, scope);
  return undefined;
}

function wrapped(name: string, conditions: readonly unknown[], scope: Scope): string | undefined {
  const inner = conditions.map((each) => conditionCode(each, scope));
  return inner.includes(undefined) ? undefined : `${name}(${inner.join(", ")})`;
}

/** The type that the literals among values have. */
function typeOf(values: readonly unknown[]): string {
  const known = values.find((value) => typeof value !== "object");
  return known === undefined ? "string" : typeof known;
}
