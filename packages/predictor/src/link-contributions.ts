import type { Link } from "./document";
import { applyLink } from "./link";

/**
 * Turns contributions to a raw output into contributions to the value behind the link, in place. Each is multiplied by
 * the link's mean slope between base and prediction. That is the Aumann-Shapley value (integrated gradients) of the
 * link along the straight path from base to prediction, so the contributions still add up.
 *
 * @see Sundararajan, Taly, Yan, "Axiomatic attribution for deep networks" (2017), https://arxiv.org/abs/1703.01365
 */
export function linkContributions(link: Link, base: number, contributions: Float64Array): void {
  if (link === "identity") return;
  const total = contributions.reduce((sum, contribution) => sum + contribution, 0);
  const slope = meanSlope(link, base, base + total);
  for (let index = 0; index < contributions.length; index++) {
    contributions[index] = (contributions[index] as number) * slope;
  }
}

/** `(f(to) - f(from)) / (to - from)`, and the derivative where the two are too close to divide. */
function meanSlope(link: Link, from: number, to: number): number {
  const start = applyLink(link, from);
  if (Math.abs(to - from) > 1e-6) return (applyLink(link, to) - start) / (to - from);
  return link === "logit" ? start * (1 - start) : start;
}
