import type { DeLongResult } from "./delong";
import { normalQuantile } from "./normal";

/** What a challenger must show before it takes the champion's place. */
export interface PromotionGate {
  /** Least ROC AUC on its own test split. */
  readonly minimumAuc: number;
  /** How much worse than the champion it may be, as a difference of ROC AUC. */
  readonly margin: number;
  /** Chance of letting a model pass that is worse by exactly the margin. */
  readonly significance: number;
}

/** The gate where neither an environment nor a pipeline says otherwise. */
export const defaultGate: PromotionGate = { minimumAuc: 0.8, margin: 0.01, significance: 0.05 };

/** The end of the one-sided interval: the difference is at least this with confidence 1 - significance. */
export function lowerBound(result: DeLongResult, significance: number = defaultGate.significance): number {
  return result.difference - normalQuantile(1 - significance) * result.standardError;
}

/**
 * Whether a challenger may take the champion's place: good enough by itself, and not worse than the champion by more than
 * the margin (a one-sided test of non-inferiority over DeLong's standard error).
 */
export function mayReplace(result: DeLongResult, gate: Partial<PromotionGate> = {}): boolean {
  const { minimumAuc, margin, significance } = { ...defaultGate, ...gate };
  return result.challenger >= minimumAuc && lowerBound(result, significance) >= -margin;
}
