import type { BooleanColumn, CategoryColumn, Column, NumericColumn } from "../columns";
import type { Target } from "../contract";
import { parseNumber } from "../number-grammar";
import { trimField } from "../text";
import { allowedTarget, allowedValues, fieldProblem } from "./allowed";
import { numberSpelling } from "./listed-values";
import type { Canonical, RowProblem, RowProblemCode } from "./problem";

/** The compiled check of one column; a value that breaks a rule is reported and reads as null. */
export interface ColumnCheck {
  readonly name: string;
  /** Reads a CSV field. */
  fromText(text: string, problems: RowProblem[]): Canonical;
  /** Reads a JSON value; texts are taken exactly as they are, and only `null` means missing. */
  fromJson(value: unknown, problems: RowProblem[]): Canonical;
}

/** Compiles the check of one feature column. */
export function columnCheck(column: Column, missing: ReadonlySet<string>): ColumnCheck {
  const read =
    column.type === "category"
      ? categoryReader(column, missing)
      : column.type === "boolean"
        ? booleanReader(column)
        : numericReader(column);
  const { name, required = false } = column;
  const allowed = allowedValues(column);
  const refuse = (code: RowProblemCode, value: unknown, problems: RowProblem[]): null => {
    problems.push(fieldProblem(code, name, value, allowed));
    return null;
  };
  const finish = (result: Canonical | RowProblemCode[], value: unknown, problems: RowProblem[]): Canonical => {
    if (typeof result !== "object") return result;
    if (result !== null) return refuse(result[0] ?? "not_a_number", value, problems);
    return required ? refuse("required_missing", value, problems) : null;
  };
  return {
    name,
    fromText(text, problems) {
      const trimmed = trimField(text);
      return finish(missing.has(trimmed) ? null : read.text(trimmed), text, problems);
    },
    fromJson: (value, problems) => finish(value === null ? null : read.json(value), value, problems),
  };
}

/** Compiles the check of the target in a CSV field: 1 or 0, or the number of a regression. */
export function targetCheck(
  target: Target,
  missing: ReadonlySet<string>,
): (text: string, problems: RowProblem[]) => number {
  const allowed = allowedTarget(target);
  const refuse = (code: RowProblemCode, text: string, problems: RowProblem[]): number => {
    problems.push(fieldProblem(code, target.column, text, allowed));
    return Number.NaN;
  };
  const outcomes = target.kind === "binary" ? outcomesOf(target.positive, target.negative) : undefined;
  return (text, problems) => {
    const trimmed = trimField(text);
    const outcome = outcomes?.get(trimmed);
    if (outcome !== undefined) return outcome;
    if (missing.has(trimmed)) return refuse("target_missing", text, problems);
    if (target.kind === "binary") return refuse("target_unknown", text, problems);
    const number = within(parseNumber(trimmed), target);
    return typeof number === "number" ? number : refuse(number[0] ?? "not_a_number", text, problems);
  };
}

/** A reader gives the canonical value, null for missing, or the code of the broken rule in a list of one. */
interface Reader {
  text(trimmed: string): Canonical | RowProblemCode[];
  json(value: unknown): Canonical | RowProblemCode[];
}

const NOT_A_NUMBER: RowProblemCode[] = ["not_a_number"];
const NOT_AN_INTEGER: RowProblemCode[] = ["not_an_integer"];
const BELOW_MINIMUM: RowProblemCode[] = ["below_minimum"];
const ABOVE_MAXIMUM: RowProblemCode[] = ["above_maximum"];
const UNKNOWN_CATEGORY: RowProblemCode[] = ["unknown_category"];
const NOT_A_BOOLEAN: RowProblemCode[] = ["not_a_boolean"];

function numericReader(column: NumericColumn): Reader {
  const whole = column.type === "integer";
  const read = (number: number | undefined): number | RowProblemCode[] => {
    const value = within(number, column);
    return whole && typeof value === "number" && !Number.isInteger(value) ? NOT_AN_INTEGER : value;
  };
  return {
    text: (trimmed) => read(parseNumber(trimmed)),
    json: (value) => read(typeof value === "number" && Number.isFinite(value) ? value : undefined),
  };
}

function within(
  number: number | undefined,
  { minimum, maximum }: { readonly minimum?: number; readonly maximum?: number },
): number | RowProblemCode[] {
  if (number === undefined) return NOT_A_NUMBER;
  if (minimum !== undefined && number < minimum) return BELOW_MINIMUM;
  if (maximum !== undefined && number > maximum) return ABOVE_MAXIMUM;
  return number;
}

function booleanReader(column: BooleanColumn): Reader {
  const texts = outcomesOf(column.true, column.false);
  const json = new Map<unknown, number>([...texts, [true, 1], [false, 0]]);
  for (const [text, outcome] of texts) {
    const number = numberSpelling(text);
    if (number !== undefined) json.set(number, outcome);
  }
  return { text: (trimmed) => texts.get(trimmed) ?? NOT_A_BOOLEAN, json: (value) => json.get(value) ?? NOT_A_BOOLEAN };
}

function categoryReader(column: CategoryColumn, missing: ReadonlySet<string>): Reader {
  const json = new Map<unknown, string>(column.categories.map((text) => [text, text]));
  for (const text of column.categories) {
    const number = numberSpelling(text);
    if (number !== undefined) json.set(number, text);
  }
  const texts = new Set(column.categories);
  if (column.unknown === "refuse") {
    return {
      text: (trimmed) => (texts.has(trimmed) ? trimmed : UNKNOWN_CATEGORY),
      json: (value) => json.get(value) ?? UNKNOWN_CATEGORY,
    };
  }
  // Where any text is allowed, a text that means "missing" in the data means it here too.
  const open = (text: string): Canonical => (missing.has(trimField(text)) ? null : text);
  return {
    text: (trimmed) => trimmed,
    json: (value) => json.get(value) ?? (typeof value === "string" ? open(value) : UNKNOWN_CATEGORY),
  };
}

function outcomesOf(yes: readonly string[], no: readonly string[]): Map<string, number> {
  return new Map([...no.map((text): [string, number] => [text, 0]), ...yes.map((text): [string, number] => [text, 1])]);
}
