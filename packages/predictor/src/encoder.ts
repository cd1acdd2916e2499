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

/** Writes the features of one row, whose first feature has index `offset`, into `features`. */
type Write = (features: Float64Array, offset: number, row: number) => void;

/** Codes of a category column that are no positions. */
export const MISSING_CODE = -1;

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

  /** Binds a batch of columns; the result writes the features of any of its rows. */
  bindColumns(columns: { readonly [column: string]: ColumnValues }, rows: number): Write {
    const writers = this.encodings.map(({ encoding, position }): Write => {
      const values = Object.hasOwn(columns, encoding.column) ? columns[encoding.column] : undefined;
      if (values !== undefined && values.length !== rows) {
        throw new PredictorInputError(encoding.column, `has ${values.length} values, the batch has ${rows} rows`);
      }
      return encoding.kind === "number" ? numberWriter(encoding, values) : categoryWriter(encoding, position, values);
    });
    return (features, offset, row) => {
      for (const write of writers) write(features, offset, row);
    };
  }
}

function positions(encoding: Encoding): ReadonlyMap<string, number> {
  if (encoding.kind === "number") return new Map();
  return new Map(encoding.categories.map((category, index) => [category, index]));
}

function numberWriter(encoding: NumberEncoding, values: ColumnValues | undefined): Write {
  const { output } = encoding;
  return (features, offset, row) => {
    features[offset + output] = encodeNumber(encoding, values?.[row], row);
  };
}

function categoryWriter(
  encoding: CategoryEncoding,
  position: ReadonlyMap<string, number>,
  values: ColumnValues | undefined,
): Write {
  const coded = values instanceof Int32Array ? values : undefined;
  const fill = fillCode(encoding, position);
  return (features, offset, row) => {
    const given = coded === undefined ? categoryCode(encoding, position, values?.[row], row) : (coded[row] ?? -1);
    const output = categoryOutput(encoding, given === MISSING_CODE ? fill : given, row);
    if (output >= 0) features[offset + output] = 1;
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
