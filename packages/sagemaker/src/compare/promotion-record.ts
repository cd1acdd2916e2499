import type { ModelDetails } from "../registry";
import type { PromotionReview } from "./review-promotion";

/** What an approval or rejection leaves in a version's CustomerMetadataProperties. */
export interface DecisionRecord {
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** What the gate said; absent for rejections. */
  readonly gate?: "passed" | "forced" | "not applicable";
}

/** Keys of {@link decisionMetadata}; a later decision replaces all of them. */
export const decisionKeys = [
  "decided_by",
  "decided_at",
  "gate",
  "gate_minimum_auc",
  "gate_margin",
  "gate_champion",
  "gate_difference",
  "gate_low",
  "gate_high",
  "gate_p_value",
] as const;

/** A decision as CustomerMetadataProperties. Characters that the registry refuses in them become "-". */
export function decisionMetadata(
  { by, at }: Pick<DecisionRecord, "by" | "at">,
  review?: PromotionReview,
): Record<string, string> {
  const who = by.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "-").slice(0, 256);
  if (review === undefined) return { decided_by: who, decided_at: at };
  const { gate, champion, comparison, applies, passed } = review;
  return {
    decided_by: who,
    decided_at: at,
    gate: applies ? (passed ? "passed" : "forced") : "not applicable",
    gate_minimum_auc: String(gate.minimumAuc),
    gate_margin: String(gate.margin),
    ...(champion === undefined ? {} : { gate_champion: champion }),
    ...(comparison === undefined
      ? {}
      : {
          gate_difference: comparison.difference.toFixed(6),
          gate_low: comparison.low.toFixed(6),
          gate_high: comparison.high.toFixed(6),
          gate_p_value: comparison.pValue.toPrecision(4),
        }),
  };
}

/** Who decided about a version, when, and what the gate said then; undefined when nothing was recorded. */
export function decisionRecord({ metadata }: Pick<ModelDetails, "metadata">): DecisionRecord | undefined {
  const { decided_by: by, decided_at: at, gate } = metadata;
  if (by === undefined || at === undefined) return undefined;
  return { by, at, ...(gate === undefined ? {} : { gate: gate as "passed" | "forced" | "not applicable" }) };
}
