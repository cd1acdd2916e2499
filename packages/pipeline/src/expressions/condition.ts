import type { Expression, Value } from "./expression";

/** A test that a condition step makes when the pipeline runs. Built by the functions of this file. */
export interface Condition {
  readonly Type: string;
  readonly [member: string]: unknown;
}

type Comparable = string | number | boolean;
type Widened<T> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : T;

/** left = right. */
export function equals<T extends Comparable>(left: Value<T>, right: Value<Widened<NoInfer<T>>>): Condition {
  return { Type: "Equals", LeftValue: left, RightValue: right };
}

/** left > right. */
export function greaterThan(left: Value<number>, right: Value<number>): Condition {
  return { Type: "GreaterThan", LeftValue: left, RightValue: right };
}

/** left >= right. */
export function greaterThanOrEqual(left: Value<number>, right: Value<number>): Condition {
  return { Type: "GreaterThanOrEqualTo", LeftValue: left, RightValue: right };
}

/** left < right. */
export function lessThan(left: Value<number>, right: Value<number>): Condition {
  return { Type: "LessThan", LeftValue: left, RightValue: right };
}

/** left <= right. */
export function lessThanOrEqual(left: Value<number>, right: Value<number>): Condition {
  return { Type: "LessThanOrEqualTo", LeftValue: left, RightValue: right };
}

/** value is one of the list. */
export function isIn<T extends Comparable>(
  value: Expression<T>,
  list: readonly Value<Widened<NoInfer<T>>>[],
): Condition {
  return { Type: "In", QueryValue: value, Values: list };
}

/** The condition does not hold. */
export function not(condition: Condition): Condition {
  return { Type: "Not", Condition: condition };
}

/** At least one of the conditions holds. (A list of conditions given to `when` means all of them.) */
export function or(...conditions: readonly [Condition, Condition, ...Condition[]]): Condition {
  return { Type: "Or", Conditions: conditions };
}
