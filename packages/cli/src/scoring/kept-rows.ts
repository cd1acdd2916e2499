import type { Contract } from "@sagewright/contract";
import { type PredictorInputError, type ScorableRange, tooLarge } from "@sagewright/predictor";
import type { ScoringColumns } from "./columns";
import type { Refusal } from "./plan";
import { type RowDefect, refusals } from "./refusal";
import type { ReadRows } from "./rows";

/** The rows of one task that keep the contract, and those of them that are refused for another reason. */
export class KeptRows {
  readonly refused: Refusal[] = [];
  /** Rows that were refused here. */
  removed = 0;
  /** Rows that are left. */
  rows: number;

  constructor(
    private readonly read: ReadRows,
    private readonly columns: ScoringColumns,
  ) {
    this.rows = read.rows;
  }

  /** Takes a row out; those behind it move up. */
  refuse(row: number, problems: readonly RowDefect[]): void {
    this.refused.push(...refusals(this.read.lineOf(row), problems, this.read.textOf(row)));
    this.read.remove(row);
    this.columns.remove(row, this.rows);
    this.rows -= 1;
    this.removed += 1;
  }
}

/** Refuses rows with a number that is too large for any model, as the API does. */
export function refuseTooLarge(
  kept: KeptRows,
  ranges: readonly ScorableRange[],
  { columns: specs }: Contract,
  { values }: ScoringColumns,
): void {
  const places = ranges.map(({ name }) => specs.findIndex((spec) => spec.name === name));
  let beyond = false;
  for (const [index, { low, high }] of ranges.entries()) {
    const column = values[places[index] as number] as Float64Array;
    for (let row = 0; row < kept.rows; row += 1) {
      const value = column[row] as number;
      if (value < low || value > high) beyond = true;
    }
  }
  if (!beyond) return;
  for (let row = kept.rows - 1; row >= 0; row -= 1) {
    const problems = ranges.flatMap((range, index) => tooLargeProblem(range, values[places[index] as number]?.[row]));
    if (problems.length > 0) kept.refuse(row, problems);
  }
}

/** The problem of a number outside its range; none of any other value. */
export function tooLargeProblem(range: ScorableRange, value: unknown): RowDefect[] {
  if (typeof value !== "number" || !(value < range.low || value > range.high)) return [];
  return [{ ...tooLarge(range, value), column: range.name, value }];
}

/** What a model says of a value that it cannot take. */
export function modelProblem({ column, problem }: PredictorInputError): RowDefect {
  const allowed = "a value that the model was trained for";
  const message = `${column}: ${problem}. Give ${allowed}.`;
  return { code: "not_a_number", column, value: undefined, message, allowed };
}
