import { z } from "zod";
import type { CanonicalRow } from "./check/problem";
import { rowChecker } from "./check/row-check";
import type { Contract } from "./contract";

/**
 * A zod schema of one request row: parses JSON values into canonical ones by the very check that {@link checkRow} runs,
 * so that the two cannot differ. Issues have the column as path, and `code` and `allowed` in `params`.
 */
export function rowSchema<Name extends string>(contract: Contract<Name>): z.ZodType<CanonicalRow<Name>, unknown> {
  const checker = rowChecker(contract);
  return z.unknown().transform((row, context): CanonicalRow<Name> => {
    const check = checker.json(row);
    if (check.ok) return check.values;
    for (const { code, column, value, message, allowed } of check.problems) {
      const path = column === "" ? [] : [column];
      context.addIssue({ code: "custom", path, message, input: value, params: { code, allowed } });
    }
    return z.NEVER;
  });
}
