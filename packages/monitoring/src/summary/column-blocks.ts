import type { Contract } from "@sagewright/contract";
import type { ColumnBaseline, NumberBaseline } from "../baseline/baseline";
import { binCount, binTable, INVALID, MISSING } from "./bins";
import { rangeOf } from "./numbers";
import { type ColumnSummary, countName } from "./summary";

/** Rows in columns, for data that is not captured row by row. */
export interface ColumnBatch {
  readonly rows: number;
  /** Numbers, NaN for missing; categories as positions in `categories`, negative for missing. */
  readonly columns: Readonly<Record<string, ColumnValues>>;
  readonly score: Float64Array;
  readonly modelVersion: string;
  /** Event time of all of them, ISO 8601. */
  readonly at: string;
}

/** The values of one column. */
export type ColumnValues = Float64Array | { readonly categories: readonly string[]; readonly codes: Int32Array };

/** Writes the bins of some rows of a column to `codes`, from its beginning, and counts what is special about them. */
export type BlockReader = (counts: ColumnSummary, start: number, rows: number) => void;

/** Compiles the reading of a column. @param given - undefined when the data have no such column */
export function blockReader(
  column: ColumnBaseline,
  given: ColumnValues | undefined,
  codes: Uint16Array,
  contract: Contract,
): BlockReader {
  if (given === undefined)
    return (counts, _, rows) => {
      counts.absent += rows;
      codes.fill(MISSING, 0, rows);
    };
  if (!(given instanceof Float64Array)) return namedReader(column, given, codes);
  return column.type === "number" ? numberReader(column, given, codes, contract) : codeReader(column, given, codes);
}

/** Every row passes this loop: sums stay in locals, and nothing is called that could not be inlined. */
function numberReader(
  column: NumberBaseline,
  given: Float64Array,
  codes: Uint16Array,
  contract: Contract,
): BlockReader {
  const { minimum, maximum } = rangeOf(contract, column.name);
  const center = column.mean ?? 0;
  // The table's members are looked up once: between two values the compiler would have to fetch them again.
  const { bins, edges, low: first, high: last, scale, firsts } = binTable(column);
  return (counts, start, rows) => {
    let sum = 0;
    let squares = 0;
    let low = counts.minimum;
    let high = counts.maximum;
    let [below, above] = [0, 0];
    for (let row = 0; row < rows; row += 1) {
      const value = given[start + row] as number;
      const difference = value - center;
      if (difference - difference !== 0) {
        const isMissing = Number.isNaN(value);
        if (isMissing) counts.missing += 1;
        else counts.invalid += 1;
        codes[row] = isMissing ? MISSING : INVALID;
        continue;
      }
      let bin = 0;
      if (value > last) bin = bins + 1;
      else if (value >= first) {
        bin = (firsts[((value - first) * scale) | 0] as number) + 1;
        while (bin < bins && value >= (edges[bin] as number)) bin += 1;
      }
      codes[row] = bin;
      sum += difference;
      squares += difference * difference;
      if (value < low) low = value;
      if (value > high) high = value;
      if (value < minimum) below += 1;
      if (value > maximum) above += 1;
    }
    counts.sum += sum;
    counts.squares += squares;
    counts.minimum = low;
    counts.maximum = high;
    counts.below += below;
    counts.above += above;
  };
}

/** Booleans as 0 and 1; a category's column holds no numbers. */
function codeReader(column: ColumnBaseline, given: Float64Array, codes: Uint16Array): BlockReader {
  const isBoolean = column.type === "boolean";
  return (counts, start, rows) => {
    for (let row = 0; row < rows; row += 1) {
      const value = given[start + row] as number;
      if (isBoolean && (value === 0 || value === 1)) codes[row] = value;
      else {
        const isMissing = Number.isNaN(value);
        if (isMissing) counts.missing += 1;
        else counts.invalid += 1;
        codes[row] = isMissing ? MISSING : INVALID;
      }
    }
  };
}

function namedReader(
  column: ColumnBaseline,
  given: Exclude<ColumnValues, Float64Array>,
  codes: Uint16Array,
): BlockReader {
  const known = Uint16Array.from(given.categories, (name) => codeOf(column, name));
  const other = column.type === "number" ? INVALID : binCount(column) - 1;
  return (counts, start, rows) => {
    for (let row = 0; row < rows; row += 1) {
      const position = given.codes[start + row] as number;
      const code = position < 0 ? MISSING : position < known.length ? (known[position] as number) : INVALID;
      codes[row] = code;
      if (code < other) continue;
      if (code === MISSING) counts.missing += 1;
      else if (code === INVALID) counts.invalid += 1;
      else countName(counts.names, given.categories[position] ?? "");
    }
  };
}

function codeOf(column: ColumnBaseline, name: string): number {
  if (column.type === "number") return INVALID;
  const index = column.categories.indexOf(name);
  if (index !== -1) return index;
  return column.type === "boolean" ? INVALID : column.categories.length;
}
