import { type Contract, parseNumber } from "@sagewright/contract";
import type { ColumnBaseline, NumberBaseline } from "../baseline/baseline";
import { binOf, binTable, INVALID, MISSING } from "./bins";
import { addMoments, rangeOf } from "./numbers";
import { type ColumnSummary, countName } from "./summary";

/** Counts what is special about a value, and gives its bin. */
export type ColumnReader = (value: unknown, counts: ColumnSummary) => number;

/**
 * Compiles the reading of a column's captured values: canonical ones (a number, 1 or 0, a category's name, null), and the
 * texts that stand for them, as a capture of an endpoint's CSV has them.
 */
export function columnReader(column: ColumnBaseline, contract: Contract): ColumnReader {
  if (column.type === "number") return numberReader(column, contract);
  const codes = new Map(column.categories.map((category, code) => [category, code]));
  if (column.type === "boolean") addTruths(codes, column.name, contract);
  const other = column.categories.length;
  const missing = new Set(["", ...contract.missing]);
  return (value, counts) => {
    const text = typeof value === "string" ? value : String(value);
    const code = codes.get(text);
    if (code !== undefined) return code;
    if (value === null || value === undefined || missing.has(text.trim())) {
      counts.missing += 1;
      return MISSING;
    }
    const trimmed = codes.get(text.trim());
    if (trimmed !== undefined) return trimmed;
    if (column.type === "boolean" || typeof value === "object") {
      counts.invalid += 1;
      return INVALID;
    }
    countName(counts.names, text);
    return other;
  };
}

function numberReader(column: NumberBaseline, contract: Contract): ColumnReader {
  const table = binTable(column);
  const center = column.mean ?? 0;
  const { minimum, maximum } = rangeOf(contract, column.name);
  const missing = new Set(["", ...contract.missing]);
  return (value, counts) => {
    const number = typeof value === "string" ? numberOf(value, missing) : value;
    if (number === null || number === undefined) {
      counts.missing += 1;
      return MISSING;
    }
    if (typeof number !== "number" || !Number.isFinite(number)) {
      counts.invalid += 1;
      return INVALID;
    }
    addMoments(counts, number, center);
    if (number < minimum) counts.below += 1;
    else if (number > maximum) counts.above += 1;
    return binOf(table, number);
  };
}

function numberOf(text: string, missing: ReadonlySet<string>): unknown {
  const trimmed = text.trim();
  if (missing.has(trimmed)) return null;
  return parseNumber(trimmed) ?? Number.NaN;
}

/** A boolean is captured as 1 or 0; `true`, `false` and the contract's own words mean the same. */
function addTruths(codes: Map<string, number>, name: string, contract: Contract): void {
  const column = contract.columns.find((each) => each.name === name);
  const words = column?.type === "boolean" ? column : { true: [], false: [] };
  for (const word of ["true", "1.0", ...words.true]) codes.set(word, 1);
  for (const word of ["false", "0.0", ...words.false]) codes.set(word, 0);
}
