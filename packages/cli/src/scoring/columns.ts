import type { Column, ContractJson } from "@sagewright/contract";
import type { ColumnValues, Predictor } from "@sagewright/predictor";

/** The code of a category that is missing; like every code below 0 it is no position among the model's categories. */
export const MISSING = -1;
/** The code of a category that the model has not seen. */
export const UNKNOWN = -2;

/** The checked values of the rows of one task, column by column in model order, ready to be scored. */
export class ScoringColumns {
  /** Numbers, with NaN for missing, or codes of categories; by the contract's columns. */
  readonly values: (Float64Array | Int32Array)[];
  readonly #columns: readonly Column[];
  readonly #codes: readonly (ReadonlyMap<string, number> | undefined)[];
  #capacity = 0;

  constructor(contract: ContractJson, predictor: Pick<Predictor, "columns">) {
    this.#columns = contract.columns as readonly Column[];
    this.#codes = this.#columns.map(({ name, type }) => {
      if (type !== "category") return undefined;
      const categories = predictor.columns.find((column) => column.name === name)?.categories ?? [];
      return new Map(categories.map((text, code) => [text, code]));
    });
    this.values = this.#codes.map((codes) => (codes === undefined ? new Float64Array(0) : new Int32Array(0)));
  }

  /** Makes room for so many rows; what was there before is lost when there was less. */
  reserve(rows: number): void {
    if (rows <= this.#capacity) return;
    this.#capacity = rows;
    for (const [index, codes] of this.#codes.entries()) {
      this.values[index] = codes === undefined ? new Float64Array(rows) : new Int32Array(rows);
    }
  }

  /** The code of a category's text. */
  code(column: number, text: string): number {
    return this.#codes[column]?.get(text) ?? UNKNOWN;
  }

  /** Stores a row's canonical values. */
  put(row: number, canonical: Readonly<Record<string, number | string | null>>): void {
    for (const [index, { name }] of this.#columns.entries()) {
      const value = canonical[name] ?? null;
      const column = this.values[index] as Float64Array | Int32Array;
      if (column instanceof Int32Array) column[row] = value === null ? MISSING : this.code(index, String(value));
      else column[row] = value === null ? Number.NaN : Number(value);
    }
  }

  /** Takes one row out; those behind it move up. */
  remove(row: number, rows: number): void {
    for (const column of this.values) column.copyWithin(row, row + 1, rows);
  }

  /** The first rows, as the predictor takes them. */
  batch(rows: number): Record<string, ColumnValues> {
    const named = this.#columns.map(({ name }, index): [string, ColumnValues] => [
      name,
      (this.values[index] as Float64Array | Int32Array).subarray(0, rows),
    ]);
    return Object.fromEntries(named);
  }
}
