import type { Contract } from "@sagewright/contract";
import { type NumericColumn, scorableRanges, tooLarge } from "@sagewright/predictor";
import { fieldPointer, type ProblemDetail } from "./problem";

/** Compiles the search for numbers that are too large for a model, in a row as sent or in its canonical values. */
export function compileScorable(contract: Contract): (row: Readonly<Record<string, unknown>>) => ProblemDetail[] {
  const ranges = scorableRanges(contract.columns as readonly NumericColumn[]);
  return (row) => {
    const found: ProblemDetail[] = [];
    for (const range of ranges) {
      const received = row[range.name];
      if (typeof received !== "number" || (received >= range.low && received <= range.high)) continue;
      const { code, message, allowed } = tooLarge(range, received);
      found.push({ code, path: fieldPointer(range.name), message, received, allowed });
    }
    return found;
  };
}
