import type { Column, Contract } from "@sagewright/contract";
import { fieldPointer, type ProblemDetail } from "./problem";

/** The largest magnitude any model can score: that of float32, in which trees compare. */
const LARGEST_NUMBER = 3.4028234663852886e38;

/**
 * The numbers that any model can score in a column, null for one without numbers. Every model is held to them, so that the
 * same customer is not valid for one and invalid for the next. Whole numbers end where JSON's readers stop telling each
 * from the next.
 */
export function scorableLimit({ type }: Column): number | null {
  if (type === "integer") return Number.MAX_SAFE_INTEGER;
  return type === "number" ? LARGEST_NUMBER : null;
}

/** Compiles the search for numbers that are too large for a model, in a row as sent or in its canonical values. */
export function compileScorable(contract: Contract): (row: Readonly<Record<string, unknown>>) => ProblemDetail[] {
  const open = contract.columns.flatMap((column) => {
    const limit = scorableLimit(column);
    if (limit === null) return [];
    const { minimum, maximum } = column as { readonly minimum?: number; readonly maximum?: number };
    if (minimum !== undefined && maximum !== undefined) return [];
    // A side that the contract closes is the contract's own affair.
    return [
      {
        name: column.name,
        low: minimum === undefined ? -limit : -Infinity,
        high: maximum === undefined ? limit : Infinity,
      },
    ];
  });
  return (row) => {
    const found: ProblemDetail[] = [];
    for (const { name, low, high } of open) {
      const value = row[name];
      if (typeof value === "number" && (value < low || value > high))
        found.push(tooLarge(name, value, Math.min(-low, high)));
    }
    return found;
  };
}

function tooLarge(name: string, received: number, limit: number): ProblemDetail {
  const allowed = `a number of a magnitude up to ${limit}`;
  const message = `${name}: ${received} is larger than a model can tell apart. Give ${allowed}.`;
  return { code: "not_scorable", path: fieldPointer(name), message, received, allowed };
}
