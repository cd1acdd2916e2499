import { child, type Issue, issue, show } from "../issue";
import { isExpressionForm } from "../reading/references";
import { isObject } from "./context";
import { checkMembers } from "./members";

const comparisons = ["Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"];

/** Members of each form of condition. */
const forms: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(comparisons.map((type) => [type, ["LeftValue", "RightValue"]])),
  In: ["QueryValue", "Values"],
  Not: ["Condition"],
  Or: ["Conditions"],
};

/** Rules of a condition step's Arguments: the conditions and the branch lists. */
export function checkConditions(given: unknown, path: string): Issue[] {
  if (!isObject(given)) return [];
  const issues: Issue[] = [];
  for (const branch of ["IfSteps", "ElseSteps"]) {
    if (given[branch] !== undefined && !Array.isArray(given[branch])) {
      issues.push(
        issue("type", `${path}.${branch}`, `${show(given[branch])} is no list. Give the branch's steps as a list.`, {
          expected: "list",
        }),
      );
    }
  }
  if (given.Conditions !== undefined) checkList(given.Conditions, `${path}.Conditions`, issues);
  return issues;
}

function checkList(list: unknown, path: string, issues: Issue[]): void {
  if (!Array.isArray(list) || list.length === 0) {
    issues.push(
      issue("type", path, `${show(list)} is no list of conditions. Give at least one condition.`, { expected: "list" }),
    );
    return;
  }
  for (const [index, condition] of (list as unknown[]).entries()) checkCondition(condition, child(path, index), issues);
}

function checkCondition(condition: unknown, path: string, issues: Issue[]): void {
  const add = (code: string, at: string, message: string, facts?: Record<string, unknown>) => {
    issues.push(issue(code, at, message, facts));
  };
  if (!isObject(condition)) {
    add("type", path, `${show(condition)} is no condition. Give an object with Type.`, { expected: "object" });
    return;
  }
  const type = condition.Type;
  const members = typeof type === "string" && Object.hasOwn(forms, type) ? forms[type] : undefined;
  if (members === undefined) {
    const at = `${path}.Type`;
    add("condition_type", at, `${show(type)} is no condition. Use one of ${Object.keys(forms).join(", ")}.`, {
      received: type,
      allowed: Object.keys(forms),
    });
    return;
  }
  const known = Object.fromEntries(["Type", ...members].map((member) => [member, "required" as const]));
  checkMembers(condition, path, { add }, known);
  if (type === "Or" && condition.Conditions !== undefined)
    checkList(condition.Conditions, `${path}.Conditions`, issues);
  if (type === "Not" && condition.Condition !== undefined)
    checkCondition(condition.Condition, `${path}.Condition`, issues);
  if (type === "In" && condition.Values !== undefined && !Array.isArray(condition.Values)) {
    add("type", `${path}.Values`, `${show(condition.Values)} is no list. Give the allowed values as a list.`, {
      expected: "list",
    });
  }
  for (const operand of operands(condition)) checkOperand(condition, operand, path, add);
}

function operands(condition: Record<string, unknown>): (readonly [string, unknown, string])[] {
  const single = ["LeftValue", "RightValue", "QueryValue"].map((name) => [name, condition[name], name] as const);
  const listed = Array.isArray(condition.Values)
    ? (condition.Values as unknown[]).map((value, index) => ["Values", value, `Values[${index}]`] as const)
    : [];
  return [...single, ...listed].filter(([, value]) => value !== undefined);
}

function checkOperand(
  condition: Record<string, unknown>,
  [name, value, at]: readonly [string, unknown, string],
  path: string,
  add: (code: string, at: string, message: string, facts?: Record<string, unknown>) => void,
): void {
  if (!(condition.Type === "In" ? ["QueryValue", "Values"] : ["LeftValue", "RightValue"]).includes(name)) return;
  const scalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  if (scalar || isExpressionForm(value)) return;
  add("type", `${path}.${at}`, `${show(value)} cannot be compared. Give text, a number, true, false or a reference.`, {
    received: value,
  });
}
