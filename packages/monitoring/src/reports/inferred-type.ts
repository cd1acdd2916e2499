import type { Contract } from "@sagewright/contract";
import type { ColumnBaseline } from "../baseline/baseline";

/** Model Monitor's names of types. */
export type InferredType = "Integral" | "Fractional" | "String" | "Unknown";

/** The type that Model Monitor would infer. Booleans are captured as 0 and 1; a column without any value is unknown. */
export function inferredType(column: ColumnBaseline, contract: Contract): InferredType {
  if (column.type === "category") return "String";
  if (column.type === "boolean") return "Integral";
  if (column.counts.length === 0) return "Unknown";
  return contract.columns.find(({ name }) => name === column.name)?.type === "integer" ? "Integral" : "Fractional";
}
