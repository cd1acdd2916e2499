import { createHash } from "node:crypto";

/** Where merged data sets are: in the environment's bucket, with what each start was given in `starts/`. No slash at its end. */
export const MERGED_PREFIX = "merged";

/** Columns that a merged data set has beside those of the contract. Prepare follows split and weight and leaves out the rest. */
export const mergedColumns = {
  /** Which customer, as a digest, or which prediction. */
  row: "sagewright_row",
  /** The moment of the row, ISO 8601; of history without one, when it was there at the latest. */
  date: "sagewright_date",
  /** `history` or `fresh`. */
  source: "sagewright_source",
  split: "sagewright_split",
  /** How much the row counts in training; where every row counts alike there is no such column. */
  weight: "sagewright_weight",
} as const;

/** A name for a customer that does not say who it is; the same for the same ids. */
export function customerDigest(...ids: readonly string[]): string {
  return createHash("sha256").update(ids.join("\n")).digest("hex").slice(0, 24);
}
