import type { Column } from "../columns";
import type { Target } from "../contract";
import { listed, shown } from "../text";
import type { RowProblem, RowProblemCode } from "./problem";

/** What a column accepts, in words: `a whole number from 0 to 400 (months)`. */
export function allowedValues(column: Column): string {
  if (column.type === "boolean") return `true or false, or ${listed([...column.true, ...column.false])}`;
  if (column.type === "category") {
    return column.unknown === "ignore" ? "any text" : `one of ${listed(column.categories, 60)}`;
  }
  const kind = column.type === "integer" ? "a whole number" : "a number";
  return [kind, range(column), column.unit && `(${column.unit})`].filter(Boolean).join(" ");
}

/** What a target accepts, in words. */
export function allowedTarget(target: Target): string {
  if (target.kind === "binary") return `one of ${listed([...target.positive, ...target.negative])}`;
  return ["a number", range(target)].filter(Boolean).join(" ");
}

const SENTENCES: Readonly<Partial<Record<RowProblemCode, string>>> = {
  required_missing: "is missing, and the column is required",
  not_a_number: "is not a number",
  not_an_integer: "is not a whole number",
  below_minimum: "is below the minimum",
  above_maximum: "is above the maximum",
  unknown_category: "is not a known category",
  not_a_boolean: "is neither true nor false",
  target_missing: "is missing, and a row without an answer teaches nothing",
  target_unknown: "is neither the positive nor the negative answer",
};

/** A problem of one field with its sentence. */
export function fieldProblem(code: RowProblemCode, column: string, value: unknown, allowed: string): RowProblem {
  const message = `${column}: ${shown(value)} ${SENTENCES[code] ?? code}. Give ${allowed}.`;
  return { code, column, value, message, allowed };
}

function range({ minimum, maximum }: { readonly minimum?: number; readonly maximum?: number }): string {
  if (minimum !== undefined && maximum !== undefined) return `from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `of at least ${minimum}`;
  return maximum === undefined ? "" : `of at most ${maximum}`;
}
