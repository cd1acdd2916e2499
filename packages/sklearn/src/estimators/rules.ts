import {
  type CategoricalRange,
  type ContinuousRange,
  type Expression,
  type IntegerRange,
  isExpression,
  type ParameterRange,
} from "@sagewright/pipeline";

/** A closed interval, with either end left out by `above` or `below`. */
export interface Interval {
  readonly min?: number;
  readonly max?: number;
  /** Greater than this, not equal. */
  readonly above?: number;
  /** Less than this, not equal. */
  readonly below?: number;
}

/** What one hyperparameter of scikit-learn accepts: any of the kinds that are present. */
export interface Rule {
  readonly integer?: Interval;
  readonly number?: Interval;
  readonly choices?: readonly string[];
  readonly boolean?: true;
  /** `null`, which is Python's None. */
  readonly none?: true;
  /** A list of whole numbers from 1 on. */
  readonly sizes?: true;
}

/** Rules by hyperparameter name. */
export type Rules = Readonly<Record<string, Rule>>;

/** A value that is known only while the pipeline runs, such as what a tuning step found best: `tuned.best("max_depth")`. */
export type LateValue = Expression<string>;

/** A hyperparameter's value. */
export type FixedValue = string | number | boolean | null | readonly number[] | LateValue;

/** The values that a rule accepts. */
export type ValueOf<R extends Rule> =
  | (R extends { integer: Interval } | { number: Interval } ? number : never)
  | (R extends { choices: readonly (infer Choice)[] } ? Choice : never)
  | (R extends { boolean: true } ? boolean : never)
  | (R extends { none: true } ? null : never)
  | (R extends { sizes: true } ? readonly number[] : never);

/** The ranges that a tuner may search under a rule. */
export type RangeOf<R extends Rule> =
  | (R extends { integer: Interval } ? IntegerRange : never)
  | (R extends { number: Interval } ? ContinuousRange : never)
  | CategoricalRange;

/** A whole number from `min` on. */
export const from = <const Min extends number>(min: Min) => ({ integer: { min } }) as const;

/** True or false. */
export const flag = { boolean: true } as const;

/** A number from zero on. */
export const notNegative = { number: { min: 0 } } as const;

/** A number above zero. */
export const positive = { number: { above: 0 } } as const;

/** Why a value or range breaks a rule, in words; undefined when it does not. */
export function problemWith(rule: Rule, value: FixedValue | ParameterRange): string | undefined {
  if (isExpression(value)) return undefined;
  if (isRange(value)) return problemWithRange(rule, value);
  return accepts(rule, value) ? undefined : `is not ${allowed(rule)}`;
}

/** What a rule accepts, in words. */
export function allowed(rule: Rule): string {
  const parts = [
    rule.integer && `a whole number${span(rule.integer)}`,
    rule.number && `a number${span(rule.number)}`,
    ...(rule.choices ?? []).map((choice) => JSON.stringify(choice)),
    rule.boolean && "true or false",
    rule.none && "null",
    rule.sizes && "a list of whole numbers of at least 1",
  ].filter((part) => typeof part === "string");
  const last = parts.pop();
  return parts.length === 0 ? (last ?? "anything") : `${parts.join(", ")} or ${last}`;
}

/** Whether a value is a range for a tuner. */
export function isRange(value: unknown): value is ParameterRange {
  return typeof value === "object" && value !== null && "kind" in value && !isExpression(value);
}

function accepts(rule: Rule, value: unknown): boolean {
  if (value === null) return rule.none === true;
  if (typeof value === "boolean") return rule.boolean === true;
  if (typeof value === "string") return rule.choices?.includes(value) === true;
  if (Array.isArray(value)) {
    return rule.sizes === true && value.length > 0 && value.every((size) => Number.isInteger(size) && size >= 1);
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (Number.isInteger(value) && rule.integer !== undefined && within(rule.integer, value)) return true;
  return rule.number !== undefined && within(rule.number, value);
}

function problemWithRange(rule: Rule, range: ParameterRange): string | undefined {
  if (range.kind === "categorical") {
    if (range.values.length === 0) return "has no values to choose from";
    const wrong = range.values.find((value) => !accepts(rule, value) && !(rule.none && value === "None"));
    return wrong === undefined ? undefined : `has the choice ${JSON.stringify(wrong)}, which is not ${allowed(rule)}`;
  }
  const { min, max } = range;
  const shown = `the range ${min} to ${max}`;
  if (!(min < max)) return `has ${shown}, whose start is not below its end`;
  const interval = range.kind === "integer" ? rule.integer : rule.number;
  if (interval === undefined) return `has ${shown} of kind ${range.kind}, but takes ${allowed(rule)}`;
  if (range.kind === "integer" && !(Number.isInteger(min) && Number.isInteger(max))) {
    return `has ${shown} of kind integer, but its ends are not whole numbers`;
  }
  return within(interval, min) && within(interval, max) ? undefined : `has ${shown}, which is not ${allowed(rule)}`;
}

function within({ min, max, above, below }: Interval, value: number): boolean {
  if (min !== undefined && value < min) return false;
  if (max !== undefined && value > max) return false;
  if (above !== undefined && value <= above) return false;
  return below === undefined || value < below;
}

function span({ min, max, above, below }: Interval): string {
  const start = min !== undefined ? ` of at least ${min}` : above !== undefined ? ` above ${above}` : "";
  const end = max !== undefined ? `at most ${max}` : below !== undefined ? `below ${below}` : "";
  if (start !== "" && end !== "") return `${start} and ${end}`;
  return start || (end && ` of ${end}`);
}
