import { type ColumnValues, type PredictorColumn, PredictorInputError } from "../index";

/** Columns in memory that threads share: numbers, or the codes of categories. */
export type PackedColumns = { readonly [column: string]: Float64Array | Int32Array };

const MISSING = -1;
const UNKNOWN = -2;

/**
 * Copies a batch into shared memory; texts become their category's code. Columns the model does not know are left out.
 *
 * @throws {@link PredictorInputError} when a value is of the wrong kind or a column has another length than the first.
 */
export function packColumns(
  columns: { readonly [column: string]: ColumnValues },
  known: readonly PredictorColumn[],
): { rows: number; packed: PackedColumns } {
  const rows = Object.values(columns)[0]?.length ?? 0;
  const packed: Record<string, Float64Array | Int32Array> = Object.create(null);
  for (const { name, categories } of known) {
    const values = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (values === undefined) continue;
    if (values.length !== rows) {
      throw new PredictorInputError(name, `has ${values.length} values, the batch has ${rows} rows`);
    }
    packed[name] = categories === undefined ? packNumbers(name, values) : packCodes(name, values, categories);
  }
  return { rows, packed };
}

function packNumbers(name: string, values: ColumnValues): Float64Array {
  const numbers = new Float64Array(new SharedArrayBuffer(8 * values.length));
  if (values instanceof Float64Array || values instanceof Int32Array) {
    numbers.set(values);
    return numbers;
  }
  values.forEach((value, row) => {
    if (typeof value === "string") {
      throw new PredictorInputError(
        name,
        `expected a finite number, received ${JSON.stringify(value.slice(0, 40))}`,
        row,
      );
    }
    numbers[row] = value ?? Number.NaN;
  });
  return numbers;
}

function packCodes(name: string, values: ColumnValues, categories: readonly string[]): Int32Array {
  const codes = new Int32Array(new SharedArrayBuffer(4 * values.length));
  if (values instanceof Int32Array) {
    codes.set(values);
    return codes;
  }
  const position = new Map(categories.map((category, code) => [category, code]));
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value === "number") throw new PredictorInputError(name, `expected text, received ${value}`, row);
    codes[row] = value === undefined || value === null ? MISSING : (position.get(value) ?? UNKNOWN);
  }
  return codes;
}
