import type { CanonicalRow, RowProblem } from "../check/problem";

/** A row that keeps the contract. */
export interface AcceptedRow<Name extends string = string> {
  readonly ok: true;
  /** The line on which the row starts; the header is line 1. */
  readonly line: number;
  readonly values: CanonicalRow<Name>;
  /** 1 or 0, or the number of a regression; absent when the target was not read. */
  readonly target?: number;
  /** The fields as read. */
  readonly fields: readonly string[];
}

/** A row that breaks the contract, kept aside with its reasons. */
export interface QuarantinedRow {
  readonly ok: false;
  readonly line: number;
  /** Every problem; the first one, in the order of the contract's columns and then the target, names the row's code. */
  readonly problems: readonly [RowProblem, ...RowProblem[]];
  readonly fields: readonly string[];
}
