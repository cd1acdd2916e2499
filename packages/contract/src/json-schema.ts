import { allowedValues } from "./check/allowed";
import { numberSpelling } from "./check/listed-values";
import type { CanonicalRow } from "./check/problem";
import type { CategoryColumn, Column, NumericColumn } from "./columns";
import type { Contract } from "./contract";

/** A JSON Schema (draft 2020-12), also valid as a schema object of OpenAPI 3.1. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** The values of a row as a client writes them in JSON. */
export type JsonRow<Name extends string = string> = Record<Name, number | string | boolean | null>;

/**
 * The JSON Schema of one request row: what {@link checkRow} accepts, no more and no less. Every feature must be present;
 * one that is not required may be `null`. Ids and ignored columns may be there.
 */
export function jsonSchema(contract: Contract): JsonSchema {
  const notUsed = (name: string, why: string): [string, JsonSchema] => [name, { description: why }];
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: contract.name,
    type: "object",
    properties: Object.fromEntries([
      ...contract.columns.map((column): [string, JsonSchema] => [column.name, columnSchema(column, contract)]),
      ...contract.id.map((name) => notUsed(name, "Identifies the row; not used for the prediction.")),
      ...contract.ignore.map((name) => notUsed(name, "Known, and not used for the prediction.")),
    ]),
    required: contract.columns.map((column) => column.name),
    additionalProperties: false,
    examples: [exampleRow(contract)],
  };
}

/** A row that keeps the contract, as a client would write it. The values are made from the rules, not from data. */
export function exampleRow<Name extends string>(contract: Contract<Name>): JsonRow<Name> {
  const entries = contract.columns.map((column) => [column.name, exampleValue(column)]);
  return Object.fromEntries(entries) as JsonRow<Name>;
}

/** Writes canonical values the way a client would: 1 and 0 of a boolean become true and false. */
export function toJsonRow<Name extends string>(contract: Contract<Name>, values: CanonicalRow<Name>): JsonRow<Name> {
  const entries = contract.columns.map((column) => {
    const value = values[column.name] ?? null;
    return [column.name, column.type === "boolean" && value !== null ? value === 1 : value];
  });
  return Object.fromEntries(entries) as JsonRow<Name>;
}

function columnSchema(column: Column, contract: Contract): JsonSchema {
  const { description, required = false } = column;
  const unit = "unit" in column && column.unit !== undefined ? `Unit: ${column.unit}.` : undefined;
  const words = [description, unit, required ? undefined : "null when not known."].filter(Boolean).join(" ");
  return {
    title: column.name,
    description: words || `Give ${allowedValues(column)}.`,
    ...valueSchema(column, contract),
    examples: [exampleValue(column)],
    ...(unit === undefined ? {} : { "x-unit": (column as NumericColumn).unit }),
    ...(column.changeable === undefined ? {} : { "x-changeable": column.changeable }),
  };
}

function valueSchema(column: Column, contract: Contract): JsonSchema {
  const absent = column.required === true ? [] : [null];
  if (column.type === "boolean") {
    return { enum: [true, false, ...spellings([...column.true, ...column.false]), ...absent] };
  }
  if (column.type === "category") {
    if (column.unknown === "refuse") return { enum: [...spellings(column.categories), ...absent] };
    return openCategory(column, contract);
  }
  const { minimum, maximum } = column;
  return {
    type: absent.length > 0 ? [column.type, "null"] : column.type,
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

/** Any text, and the numbers that are written like a category. A required column refuses the missing markers. */
function openCategory(column: CategoryColumn, { missing }: Contract): JsonSchema {
  const numbers = spellings(column.categories).filter((value) => typeof value === "number");
  const text =
    column.required === true
      ? {
          type: "string",
          not: { pattern: `^[\\t\\n\\v\\f\\r \\u00a0]*(${missing.map(escaped).join("|")})[\\t\\n\\v\\f\\r \\u00a0]*$` },
        }
      : { type: ["string", "null"] };
  return numbers.length === 0 ? text : { anyOf: [text, { enum: numbers }] };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Each text, and after it the number that means the same in JSON. */
function spellings(texts: readonly string[]): (string | number)[] {
  return texts.flatMap((text) => {
    const number = numberSpelling(text);
    return number === undefined ? [text] : [text, number];
  });
}

function exampleValue(column: Column): number | string | boolean {
  if (column.type === "boolean") return false;
  if (column.type === "category") return column.categories[0] ?? "";
  const { minimum, maximum } = column;
  const low = minimum ?? (maximum === undefined ? 0 : Math.min(0, maximum));
  const value = maximum === undefined ? low + 1 : low + (maximum - low) / 4;
  return roundWithin(value, column);
}

function roundWithin(value: number, { type, minimum, maximum }: NumericColumn): number {
  const inside = (candidate: number): boolean =>
    candidate >= (minimum ?? Number.NEGATIVE_INFINITY) && candidate <= (maximum ?? Number.POSITIVE_INFINITY);
  const whole = Math.round(value);
  const candidates =
    type === "integer" ? [whole, Math.ceil(value), Math.floor(value)] : [whole, Number(value.toPrecision(3)), value];
  return candidates.find(inside) ?? minimum ?? maximum ?? 0;
}
