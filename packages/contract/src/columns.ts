/** How a missing value is filled in before scoring. */
export type Impute = "median" | "mean" | "most_frequent" | { readonly constant: number | string };

interface Described {
  /** Words for people: the API's documentation and the console's form show them. */
  readonly description?: string;
  /** @default missing values are imputed; when true a row without a value is refused */
  readonly required?: boolean;
  /** @default `median` for numbers, `most_frequent` for categories and booleans */
  readonly impute?: Impute;
  /** Whether the business can change this value (a plan, a discount), so that advice may suggest it. @default it never does */
  readonly changeable?: boolean;
}

/** A text column with a closed list of values. */
export interface CategoryColumn extends Described {
  readonly type: "category";
  readonly categories: readonly string[];
  /** `refuse`: a value outside the list is an error. `ignore`: it is scored as none of them. */
  readonly unknown: "refuse" | "ignore";
}

/** A yes/no column; the texts that mean yes and no in the data. */
export interface BooleanColumn extends Described {
  readonly type: "boolean";
  readonly true: readonly string[];
  readonly false: readonly string[];
}

/** A numeric column; `integer` refuses fractions. */
export interface NumericColumn extends Described {
  readonly type: "integer" | "number";
  /** Smallest allowed value, inclusive. @default no lower limit */
  readonly minimum?: number;
  /** Largest allowed value, inclusive. @default no upper limit */
  readonly maximum?: number;
  /** Unit of the value: `minutes`, `EUR`. */
  readonly unit?: string;
}

/** A feature column without its name, as the builders make it. */
export type ColumnSpec = CategoryColumn | BooleanColumn | NumericColumn;

/** A feature column of a contract. */
export type Column<Name extends string = string> = ColumnSpec & { readonly name: Name };

/** Options of a numeric column: range, unit and what every column has. */
export type NumericOptions = Omit<NumericColumn, "type">;

/** A text column with a closed list of values; a value outside it is refused unless `unknown: "ignore"`. */
export function category(
  categories: readonly string[],
  options: Described & { readonly unknown?: "refuse" | "ignore" } = {},
): CategoryColumn {
  const { unknown = "refuse", ...described } = options;
  return { type: "category", categories, unknown, ...described };
}

/** A yes/no column: `boolean({ true: ["yes"], false: ["no"] })`. */
export function boolean(
  options: Described & { readonly true: string | readonly string[]; readonly false: string | readonly string[] },
): BooleanColumn {
  const { true: yes, false: no, ...described } = options;
  return { type: "boolean", true: [yes].flat(), false: [no].flat(), ...described };
}

/** A whole-number column. */
export function integer(options: NumericOptions = {}): NumericColumn {
  return { type: "integer", ...options };
}

/** A numeric column. */
export function number(options: NumericOptions = {}): NumericColumn {
  return { type: "number", ...options };
}
