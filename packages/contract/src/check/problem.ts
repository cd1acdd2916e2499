/** Rules a row can break; the Python side has the same codes and the same order. */
export type RowProblemCode =
  | "field_count"
  | "required_missing"
  | "not_a_number"
  | "not_an_integer"
  | "below_minimum"
  | "above_maximum"
  | "unknown_category"
  | "not_a_boolean"
  | "target_missing"
  | "target_unknown"
  | "duplicate_row"
  | "duplicate_id"
  /** A JSON row lacks a feature altogether; `null` says that its value is not known. */
  | "field_missing"
  /** A JSON row has a member that the contract does not know. */
  | "field_unexpected"
  /** A JSON row is no object. */
  | "not_an_object";

/** One rule that a row breaks. */
export interface RowProblem {
  readonly code: RowProblemCode;
  /** The column; empty when the problem is the whole row's. */
  readonly column: string;
  /** The value as received. */
  readonly value: unknown;
  /** Field, value received, rule and remedy. */
  readonly message: string;
  /** What would be accepted, in words. */
  readonly allowed: string;
}

/** A canonical value: a number, 1 or 0 for a boolean, the text of a category, null for missing. */
export type Canonical = number | string | null;

/** A row's canonical values by feature name, in model order. */
export type CanonicalRow<Name extends string = string> = Record<Name, Canonical>;

/** What a check of one row gives. */
export type RowCheck<Name extends string = string> =
  | { readonly ok: true; readonly values: CanonicalRow<Name> }
  | { readonly ok: false; readonly problems: readonly RowProblem[] };

/** What is said about a file besides its rows. */
export interface DataSetWarning {
  readonly code: "column_unexpected";
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}
