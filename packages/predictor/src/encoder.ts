import type { CategoryEncoding, Encoding, NumberEncoding } from "./document";
import { PredictorInputError } from "./errors";

/** One value of a row: numbers for numeric and boolean (1 or 0) columns, text for categories, nothing when missing. */
export type Value = number | string | null | undefined;

/** One row by column name. Columns the model does not use are ignored; an absent column is a missing value. */
export type Row = { readonly [column: string]: Value };

/**
 * One column of a batch: numbers (`NaN` is missing), or for a category either its texts or codes, which are positions
 * in the column's `categories`, -1 for missing and -2 for a category that is not among them.
 */
export type ColumnValues = Float64Array | Int32Array | readonly Value[];

/** Writes one column of `count` rows of a batch, from row `start` on, into `features`, which are laid out row after row. */
type WriteColumn = (features: Float64Array, start: number, count: number) => void;

/** Codes of a category column that are no positions. */
const MISSING_CODE = -1;

/** Applies the exported imputer, scaler and one-hot encoder in float64, as scikit-learn does. */
export class Encoder {
  private readonly encodings: readonly { encoding: Encoding; position: ReadonlyMap<string, number> }[];

  constructor(
    encodings: readonly Encoding[],
    /** How many features one row makes. */
    readonly features: number,
  ) {
    this.encodings = encodings.map((encoding) => ({ encoding, position: positions(encoding) }));
  }

  /**
   * Writes one row's features; `features` must hold zeros from `offset` on.
   *
   * @throws {@link PredictorInputError} when a value is of the wrong kind, infinite, or a category the model refuses.
   */
  encodeRow(row: Row, features: Float64Array, offset = 0, index?: number): void {
    for (const { encoding, position } of this.encodings) {
      const value = Object.hasOwn(row, encoding.column) ? row[encoding.column] : undefined;
      if (encoding.kind === "number") {
        features[offset + encoding.output] = encodeNumber(encoding, value, index);
      } else {
        const output = categoryOutput(encoding, categoryCode(encoding, position, value, index), index);
        if (output >= 0) features[offset + output] = 1;
      }
    }
  }

  /**
   * Binds a batch of columns; the result writes the features of any of its rows, column by column. `features` must hold
   * zeros.
   *
   * @throws {@link PredictorInputError} when a column has another length; the result, as {@link encodeRow} does, for the
   *   first column with a wrong value.
   */
  bindColumns(columns: { readonly [column: string]: ColumnValues }, rows: number): WriteColumn {
    const width = this.features;
    const writers = this.encodings.map(({ encoding, position }): WriteColumn => {
      const values = Object.hasOwn(columns, encoding.column) ? columns[encoding.column] : undefined;
      if (values !== undefined && values.length !== rows) {
        throw new PredictorInputError(encoding.column, `has ${values.length} values, the batch has ${rows} rows`);
      }
      if (encoding.kind === "number") return numberWriter(encoding, values, width);
      return categoryWriter(encoding, { position, values, width });
    });
    return (features, start, count) => {
      for (const write of writers) write(features, start, count);
    };
  }
}

function positions(encoding: Encoding): ReadonlyMap<string, number> {
  if (encoding.kind === "number") return new Map();
  return new Map(encoding.categories.map((category, index) => [category, index]));
}

function numberWriter(encoding: NumberEncoding, values: ColumnValues | undefined, width: number): WriteColumn {
  const { output, mean, scale, fill = Number.NaN } = encoding;
  if (!(values instanceof Float64Array)) {
    return (features, start, count) => {
      for (let row = start, at = output; row < start + count; row++, at += width) {
        features[at] = encodeNumber(encoding, values?.[row], row);
      }
    };
  }
  return (features, start, count) => {
    for (let row = start, at = output; row < start + count; row++, at += width) {
      const value = values[row] as number;
      // The difference is 0 for finite values and not a number for the others, of which NaN means missing.
      if (value - value === 0) features[at] = (value - mean) / scale;
      else features[at] = Number.isNaN(value) ? (fill - mean) / scale : encodeNumber(encoding, value, row);
    }
  };
}

function categoryWriter(
  encoding: CategoryEncoding,
  batch: { position: ReadonlyMap<string, number>; values: ColumnValues | undefined; width: number },
): WriteColumn {
  const { position, values, width } = batch;
  const coded = values instanceof Int32Array ? values : undefined;
  const fill = fillCode(encoding, position);
  const outputs = Int32Array.from(encoding.categories, (_, code) => categoryOutput(encoding, code, undefined));
  return (features, start, count) => {
    for (let row = start, at = 0; row < start + count; row++, at += width) {
      const given = coded === undefined ? categoryCode(encoding, position, values?.[row], row) : (coded[row] as number);
      const code = given === MISSING_CODE ? fill : given;
      const known = code >= 0 && code < outputs.length;
      const output = known ? (outputs[code] as number) : categoryOutput(encoding, code, row);
      if (output >= 0) features[at + output] = 1;
    }
  };
}

function encodeNumber(encoding: NumberEncoding, value: Value, row: number | undefined): number {
  let number: number;
  if (value === undefined || value === null) {
    number = encoding.fill ?? Number.NaN;
  } else if (typeof value !== "number" || value === Infinity || value === -Infinity) {
    throw new PredictorInputError(encoding.column, `expected a finite number, received ${shown(value)}`, row);
  } else {
    // NaN marks a missing value, as in scikit-learn.
    number = Number.isNaN(value) ? (encoding.fill ?? Number.NaN) : value;
  }
  return (number - encoding.mean) / encoding.scale;
}

const UNKNOWN_CODE = -2;

function categoryCode(
  encoding: CategoryEncoding,
  position: ReadonlyMap<string, number>,
  value: Value,
  row: number | undefined,
): number {
  if (value === undefined || value === null) return fillCode(encoding, position);
  if (typeof value !== "string") {
    throw new PredictorInputError(encoding.column, `expected text, received ${shown(value)}`, row);
  }
  return position.get(value) ?? UNKNOWN_CODE;
}

function fillCode(encoding: CategoryEncoding, position: ReadonlyMap<string, number>): number {
  return encoding.fill === undefined ? UNKNOWN_CODE : (position.get(encoding.fill) ?? UNKNOWN_CODE);
}

function categoryOutput(encoding: CategoryEncoding, code: number, row: number | undefined): number {
  const { categories, dropped, output } = encoding;
  if (code < 0 || code >= categories.length) {
    if (encoding.unknown === "ignore") return -1;
    throw new PredictorInputError(encoding.column, "is none of the categories the model knows", row);
  }
  if (dropped === undefined || code < dropped) return output + code;
  return code === dropped ? -1 : output + code - 1;
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : String(value);
}
