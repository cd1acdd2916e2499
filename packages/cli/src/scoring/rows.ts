import type { Refusal } from "./plan";

/** What reading one task gave: how many rows keep the contract (their values are in the columns), and those that do not. */
export interface ReadRows {
  readonly rows: number;
  readonly refused: readonly Refusal[];
  readonly quarantined: number;
  /** Lines (of Parquet, rows) of the task. */
  readonly lines: number;
  /** Members of JSON rows that the contract does not know. */
  readonly unexpected: readonly string[];
  /** The line of the task, from 0, on which a row starts. */
  lineOf(row: number): number;
  /** The record of a row, for the quarantine file. */
  textOf(row: number): string;
  /** Forgets a row; those behind it move up. */
  remove(row: number): void;
}

/** The bytes of a task are no text: not UTF-8, or with zero bytes. */
export class UnreadableBytes extends Error {}
