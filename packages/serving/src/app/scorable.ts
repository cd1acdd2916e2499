import type { Contract } from "@sagewright/contract";
import { fieldPointer, type ProblemDetail } from "./problem";

/**
 * The largest magnitude any model can score: that of float32, in which trees compare. Every model is held to it, so that
 * the same customer is not valid for one and invalid for the next.
 */
export const LARGEST_SCORABLE = 3.4028234663852886e38;

/** Compiles the search for numbers that are too large for a model, in a row as sent or in its canonical values. */
export function compileScorable(contract: Contract): (row: Readonly<Record<string, unknown>>) => ProblemDetail[] {
  const open = contract.columns.flatMap((column) => {
    const numeric = column.type === "number" || column.type === "integer";
    return numeric && (column.minimum === undefined || column.maximum === undefined) ? [column.name] : [];
  });
  return (row) => {
    const found: ProblemDetail[] = [];
    for (const name of open) {
      const value = row[name];
      if (typeof value === "number" && Math.abs(value) > LARGEST_SCORABLE) found.push(tooLarge(name, value));
    }
    return found;
  };
}

function tooLarge(name: string, received: number): ProblemDetail {
  const allowed = "a number of a magnitude up to 3.4e38";
  const message = `${name}: ${received} is larger than a model can tell apart. Give ${allowed}.`;
  return { code: "not_scorable", path: fieldPointer(name), message, received, allowed };
}
