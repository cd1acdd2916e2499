import type { ContractIssue } from "../errors";
import { listed, shown, trimField } from "../text";
import type { ColumnJson, ContractJson } from "./format";

/** What of a contract could be read; the rules hold for these parts whatever else is wrong. */
export type ReadableContract = Pick<ContractJson, "missing" | "id" | "ignore" | "segments" | "columns"> & {
  target: ContractJson["target"] | undefined;
};

/** Rules between members that a shape cannot say. */
export function ruleIssues(contract: ReadableContract): ContractIssue[] {
  return [
    ...nameIssues(contract),
    ...segmentIssues(contract),
    ...targetIssues(contract),
    ...contract.columns.flatMap((column) => columnIssues(column, contract.missing)),
  ];
}

function nameIssues(contract: ReadableContract): ContractIssue[] {
  const places: [name: string, path: string][] = [
    ...contract.columns.map((column): [string, string] => [column.name, `columns.${column.name}`]),
    ...(contract.target ? [[contract.target.column, "target.column"] satisfies [string, string]] : []),
    ...contract.id.map((name, index): [string, string] => [name, `id[${index}]`]),
    ...contract.ignore.map((name, index): [string, string] => [name, `ignore[${index}]`]),
  ];
  const first = new Map<string, string>();
  return places.flatMap(([name, path]) => {
    const issues: ContractIssue[] = [];
    if (name === "__proto__") {
      issues.push(
        problem("column_reserved", path, `"__proto__" cannot be a column name. Rename the column.`, { name }),
      );
    }
    if (trimField(name) !== name || name === "") {
      const why =
        "has white space at its ends or is empty. Header names are compared after trimming: trim it here too.";
      issues.push(problem("column_name", path, `${shown(name)} ${why}`, { name }));
    }
    const earlier = first.get(name);
    if (earlier !== undefined) {
      const why = `is already used by ${earlier}. A column has one role: remove it from one of the two.`;
      issues.push(problem("column_duplicate", path, `${shown(name)} ${why}`, { name, earlier }));
    }
    first.set(name, path);
    return issues;
  });
}

function segmentIssues({ segments, columns }: ReadableContract): ContractIssue[] {
  return segments.flatMap((name, index) => {
    const column = columns.find((candidate) => candidate.name === name);
    if (column !== undefined && column.type !== "number") return [];
    const why = column === undefined ? "is no feature column" : "is a number without a closed list of values";
    const names = columns.filter(({ type }) => type === "category" || type === "boolean").map((each) => each.name);
    const remedy = `Name a category or boolean column: ${listed(names)}.`;
    return [problem("segment_unknown", `segments[${index}]`, `${shown(name)} ${why}. ${remedy}`, { name })];
  });
}

function targetIssues({ target, missing }: ReadableContract): ContractIssue[] {
  if (target === undefined) return [];
  if (target.kind === "regression") return rangeIssues("target", target);
  return [
    ...textIssues("target.positive", target.positive, missing),
    ...textIssues("target.negative", target.negative, missing),
    ...overlapIssues("target.positive", target.positive, target.negative),
  ];
}

function columnIssues(column: ColumnJson, missing: readonly string[]): ContractIssue[] {
  const path = `columns.${column.name}`;
  const impute = imputeIssues(column, path);
  if (column.type === "category") return [...textIssues(`${path}.categories`, column.categories, missing), ...impute];
  if (column.type === "boolean") {
    return [
      ...textIssues(`${path}.true`, column.true, missing),
      ...textIssues(`${path}.false`, column.false, missing),
      ...overlapIssues(`${path}.true`, column.true, column.false),
      ...impute,
    ];
  }
  return [...rangeIssues(path, column), ...impute];
}

function rangeIssues(path: string, { minimum, maximum }: { minimum?: number; maximum?: number }): ContractIssue[] {
  if (minimum === undefined || maximum === undefined || minimum <= maximum) return [];
  const message = `${minimum} is above the maximum ${maximum}. Swap or correct the two.`;
  return [problem("range_empty", `${path}.minimum`, message, { minimum, maximum })];
}

function textIssues(path: string, texts: readonly string[], missing: readonly string[]): ContractIssue[] {
  return texts.flatMap((text, index) => {
    const where = `${path}[${index}]`;
    if (trimField(text) !== text) {
      return [
        problem("text_untrimmed", where, `${shown(text)} has white space at its ends. Values are trimmed: trim it.`, {
          text,
        }),
      ];
    }
    if (missing.includes(text)) {
      const why = `${shown(text)} is also a missing-value marker. Remove it here, or from "missing".`;
      return [problem("marker_is_value", where, why, { text })];
    }
    if (texts.indexOf(text) !== index) {
      return [problem("text_duplicate", where, `${shown(text)} is listed twice. Remove one.`, { text })];
    }
    return [];
  });
}

function overlapIssues(path: string, first: readonly string[], second: readonly string[]): ContractIssue[] {
  const both = first.filter((text) => second.includes(text));
  if (both.length === 0) return [];
  return [
    problem("values_overlap", path, `${listed(both)} is listed on both sides. A text has one meaning.`, { both }),
  ];
}

function imputeIssues(column: ColumnJson, path: string): ContractIssue[] {
  const { impute } = column;
  if (impute === undefined) return [];
  const numeric = column.type === "integer" || column.type === "number";
  if (typeof impute === "string") {
    if (numeric || impute === "most_frequent") return [];
    const message = `${shown(impute)} needs numbers, and the column is a ${column.type}. Use "most_frequent" or a constant.`;
    return [problem("impute_type", `${path}.impute`, message, { impute, type: column.type })];
  }
  const allowed = constantAllowed(column, impute.constant);
  if (allowed === undefined) return [];
  const message = `${shown(impute.constant)} is not a value of the column. ${allowed}`;
  return [problem("impute_constant", `${path}.impute.constant`, message, { constant: impute.constant })];
}

/** The remedy when a constant is no canonical value of the column; undefined when it is one. */
function constantAllowed(column: ColumnJson, constant: number | string): string | undefined {
  if (column.type === "category") {
    const known = typeof constant === "string" && column.categories.includes(constant);
    return known ? undefined : `Give one of ${listed(column.categories)}.`;
  }
  if (column.type === "boolean") return constant === 0 || constant === 1 ? undefined : "Give 1 (true) or 0 (false).";
  if (typeof constant !== "number") return "Give a number.";
  return column.type === "number" || Number.isInteger(constant) ? undefined : "Give a whole number.";
}

function problem(code: string, path: string, rest: string, facts: Record<string, unknown>): ContractIssue {
  return { code, path, message: `${path}: ${rest}`, facts };
}
