import type { Contract } from "@sagewright/contract";
import type { ColumnSummary } from "./summary";

/** Adds a number to a column's sums. */
export function addMoments(counts: ColumnSummary, value: number, center: number): void {
  const difference = value - center;
  counts.sum += difference;
  counts.squares += difference * difference;
  if (value < counts.minimum) counts.minimum = value;
  if (value > counts.maximum) counts.maximum = value;
}

/** The contract's limits of a numeric column; infinite where it has none. */
export function rangeOf(contract: Contract, name: string): { readonly minimum: number; readonly maximum: number } {
  const column = contract.columns.find((each) => each.name === name);
  const none = { minimum: Number.NEGATIVE_INFINITY, maximum: Number.POSITIVE_INFINITY };
  if (column === undefined || column.type === "category" || column.type === "boolean") return none;
  return { minimum: column.minimum ?? none.minimum, maximum: column.maximum ?? none.maximum };
}
