import type { Json, JsonObject } from "@sagewright/pipeline";
import { StepFailure } from "./step-failure";

/** Gives an operand its value at run time. */
export type Resolve = (operand: Json) => unknown;

type Scalar = string | number | boolean;

/**
 * Whether all conditions of a list hold.
 *
 * Numbers compare as numbers, text by its characters, truth values with `true`/`True` and their kin. Text against a number is never
 * equal and has no order: a gate whose operand has the wrong type must fail aloud instead of passing or closing in silence.
 *
 * @throws StepFailure when an operand has no value, is no scalar, or two operands have no order
 */
export function allHold(conditions: readonly Json[], resolve: Resolve): boolean {
  // Every condition is evaluated, so that a broken one is found whatever the others say.
  return conditions.map((condition) => holds(condition as JsonObject, resolve)).every(Boolean);
}

function holds(condition: JsonObject, resolve: Resolve): boolean {
  const type = condition.Type as string;
  if (type === "Not") return !holds(condition.Condition as JsonObject, resolve);
  if (type === "Or") {
    return (condition.Conditions as Json[]).map((each) => holds(each as JsonObject, resolve)).some(Boolean);
  }
  if (type === "In") {
    const wanted = scalar(condition.QueryValue, "QueryValue", resolve);
    return (condition.Values as Json[]).some((value) => isEqual(wanted, scalar(value, "Values", resolve)));
  }
  const left = scalar(condition.LeftValue, "LeftValue", resolve);
  const right = scalar(condition.RightValue, "RightValue", resolve);
  if (type === "Equals") return isEqual(left, right);
  const sign = order(left, right, type);
  if (type === "GreaterThan") return sign > 0;
  if (type === "GreaterThanOrEqualTo") return sign >= 0;
  if (type === "LessThan") return sign < 0;
  if (type === "LessThanOrEqualTo") return sign <= 0;
  throw new StepFailure(`Condition type ${type} is not one of the eight that pipelines know.`);
}

function scalar(operand: Json | undefined, member: string, resolve: Resolve): Scalar {
  const value = operand === undefined ? undefined : resolve(operand);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  throw new StepFailure(
    `${member} of a condition is ${JSON.stringify(value) ?? "missing"}. Compare text, numbers or truth values.`,
  );
}

function isEqual(left: Scalar, right: Scalar): boolean {
  if (typeof left === "boolean" || typeof right === "boolean") {
    return String(left).toLowerCase() === String(right).toLowerCase();
  }
  return left === right;
}

function order(left: Scalar, right: Scalar, type: string): number {
  if (typeof left === "number" && typeof right === "number") return left === right ? 0 : left < right ? -1 : 1;
  if (typeof left === "string" && typeof right === "string") return left === right ? 0 : left < right ? -1 : 1;
  throw new StepFailure(
    `${type} cannot compare ${JSON.stringify(left)} (${typeof left}) with ${JSON.stringify(right)} (${typeof right}). Give both operands the same type.`,
  );
}
