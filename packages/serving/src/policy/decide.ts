import type { DecisionPolicy, Tier, ValueTier } from "./policy";

/** What a policy makes of a probability. */
export interface Decision {
  /** Whether the probability reaches the model's threshold. */
  readonly positive: boolean;
  readonly tier: Tier;
  /**
   * How clear the decision is: the distance from the threshold as a share of the largest possible on that side. 0 is on the
   * threshold, 1 is certain.
   */
  readonly confidence: number;
}

/**
 * Decides by data: the threshold makes the decision, the bands the tier; within a band the lifetime value chooses where
 * it is known, and the probability where it is not.
 */
export function decide(
  policy: DecisionPolicy,
  {
    probability,
    threshold,
    lifetimeValue,
  }: { probability: number; threshold: number; lifetimeValue?: number | undefined },
): Decision {
  const band = policy.bands.find(({ from }) => probability >= from) ?? policy.bands[policy.bands.length - 1];
  if (band === undefined) throw new RangeError("A policy has at least one band.");
  const upper =
    lifetimeValue === undefined ? probability >= band.upperFrom : valueTierOf(policy, lifetimeValue).takes === "upper";
  const positive = probability >= threshold;
  return {
    positive,
    tier: upper ? band.upper : band.lower,
    confidence: confidenceOf(probability, threshold, positive),
  };
}

/** The tier of a lifetime value. */
export function valueTierOf({ lifetimeValue: { tiers } }: DecisionPolicy, value: number): ValueTier {
  const found = tiers.find(({ from }) => value >= from) ?? tiers[tiers.length - 1];
  if (found === undefined) throw new RangeError("A policy has at least one tier of lifetime values.");
  return found;
}

function confidenceOf(probability: number, threshold: number, positive: boolean): number {
  const room = positive ? 1 - threshold : threshold;
  const share = room <= 0 ? 1 : Math.min(1, Math.abs(probability - threshold) / room);
  return Math.round(share * 1e4) / 1e4;
}
