import type { Contract } from "../contract";
import { ContractError } from "../errors";
import { listed, shown } from "../text";
import { allowedValues } from "./allowed";
import { columnCheck, targetCheck } from "./column-check";
import type { CanonicalRow, RowCheck, RowProblem } from "./problem";

/** A row breaks the contract; every broken rule is in `problems`. Code `row_invalid`. */
export class RowInvalidError extends ContractError {
  readonly problems: readonly RowProblem[];

  constructor(problems: readonly RowProblem[]) {
    super("row_invalid", problems.map((problem) => problem.message).join("\n"));
    this.problems = problems;
  }
}

/** A contract compiled for checking rows: build it once, call it per row. */
export interface RowChecker<Name extends string = string> {
  /** Checks a row of JSON values, such as the body of a request. */
  json(row: unknown): RowCheck<Name>;
  /** Checks a row of CSV fields by column name; an absent column counts as missing. */
  text(fields: Readonly<Record<string, string>>): RowCheck<Name>;
  /** Checks CSV fields in the features' order. Problems are added to `problems`. */
  fields(texts: readonly string[], problems: RowProblem[]): CanonicalRow<Name>;
  /** Reads a CSV field of the target: 1 or 0, or the number of a regression. */
  target(text: string, problems: RowProblem[]): number;
}

const compiled = new WeakMap<Contract, RowChecker>();

/** The compiled checker of a contract; the same object for the same contract. */
export function rowChecker<Name extends string>(contract: Contract<Name>): RowChecker<Name> {
  const known = compiled.get(contract);
  if (known !== undefined) return known as RowChecker<Name>;
  const checker = compile(contract);
  compiled.set(contract, checker);
  return checker as RowChecker<Name>;
}

/**
 * Checks a row of JSON values, strictly: a number is a JSON number, a boolean is `true`, `false` or a listed text, a
 * category is a listed text (or the number that is written like it), `null` means not known, and a feature may not be
 * left out. Ids and ignored columns may be sent and are not used; anything else is refused.
 */
export function checkRow<Name extends string>(contract: Contract<Name>, row: unknown): RowCheck<Name> {
  return rowChecker(contract).json(row);
}

/** Checks a row of CSV fields by column name: texts are trimmed, missing markers known. An absent column is missing. */
export function checkTextRow<Name extends string>(
  contract: Contract<Name>,
  fields: Readonly<Record<string, string>>,
): RowCheck<Name> {
  return rowChecker(contract).text(fields);
}

/** {@link checkRow}, returning the canonical values. @throws {@link RowInvalidError} with every problem. */
export function parseRow<Name extends string>(contract: Contract<Name>, row: unknown): CanonicalRow<Name> {
  return valuesOf(checkRow(contract, row));
}

/** {@link checkTextRow}, returning the canonical values. @throws {@link RowInvalidError} with every problem. */
export function parseTextRow<Name extends string>(
  contract: Contract<Name>,
  fields: Readonly<Record<string, string>>,
): CanonicalRow<Name> {
  return valuesOf(checkTextRow(contract, fields));
}

function valuesOf<Name extends string>(check: RowCheck<Name>): CanonicalRow<Name> {
  if (check.ok) return check.values;
  throw new RowInvalidError(check.problems);
}

function compile(contract: Contract): RowChecker {
  const missing = new Set(["", ...contract.missing]);
  const checks = contract.columns.map((column) => columnCheck(column, missing));
  const target = targetCheck(contract.target, missing);
  const features = new Map(contract.columns.map((column) => [column.name, column]));
  const passed = new Set([...contract.id, ...contract.ignore]);

  const unexpected = (name: string, value: unknown): RowProblem => {
    const why = name === contract.target.column ? "is what the model predicts" : "is not a column of the contract";
    const allowed = `only ${listed([...features.keys()], 60)}`;
    const message = `${shown(name).slice(1, -1)}: this field ${why}. Remove it, or correct its name.`;
    return { code: "field_unexpected", column: name, value, message, allowed };
  };

  return {
    json(row) {
      if (!isRecord(row)) return { ok: false, problems: [notAnObject(row)] };
      const problems: RowProblem[] = [];
      const values: CanonicalRow = {};
      let present = 0;
      for (const check of checks) {
        const { name } = check;
        if (Object.hasOwn(row, name)) {
          present += 1;
          values[name] = check.fromJson(row[name], problems);
        } else {
          problems.push(fieldMissing(name, contract));
        }
      }
      const names = Object.keys(row);
      if (names.length !== present) {
        for (const name of names) {
          if (!features.has(name) && !passed.has(name)) problems.push(unexpected(name, row[name]));
        }
      }
      return problems.length === 0 ? { ok: true, values } : { ok: false, problems };
    },
    text(fields) {
      const problems: RowProblem[] = [];
      const values: CanonicalRow = {};
      for (const check of checks) {
        const text = Object.hasOwn(fields, check.name) ? fields[check.name] : "";
        values[check.name] = check.fromText(text ?? "", problems);
      }
      return problems.length === 0 ? { ok: true, values } : { ok: false, problems };
    },
    fields(texts, problems) {
      const values: CanonicalRow = {};
      for (let index = 0; index < checks.length; index += 1) {
        const check = checks[index] as (typeof checks)[number];
        values[check.name] = check.fromText(texts[index] ?? "", problems);
      }
      return values;
    },
    target,
  };
}

function fieldMissing(name: string, contract: Contract): RowProblem {
  const column = contract.columns.find((candidate) => candidate.name === name);
  const values = column === undefined ? "a value" : allowedValues(column);
  const allowed = column?.required === true ? values : `${values}, or null when it is not known`;
  return {
    code: "field_missing",
    column: name,
    value: undefined,
    message: `${name}: the field is missing. Give ${allowed}.`,
    allowed,
  };
}

function notAnObject(row: unknown): RowProblem {
  const allowed = "a JSON object with one member per column";
  return {
    code: "not_an_object",
    column: "",
    value: row,
    message: `The row is ${shown(row)}. Give ${allowed}.`,
    allowed,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
