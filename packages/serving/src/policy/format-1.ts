import { z } from "@hono/zod-openapi";

const valuableFrom = z.number().min(0);

/**
 * Turns a policy of format 1 into one of format 2; everything else comes back as it is. Format 1 knew customers as valuable
 * or not, from one lifetime value on, and named no unit.
 */
export function upgradeFormat1(policy: unknown): unknown {
  if (typeof policy !== "object" || policy === null || !("format" in policy) || policy.format !== 1) return policy;
  const { valuableFrom: from, ...rest } = policy as Record<string, unknown>;
  const known = valuableFrom.safeParse(from);
  // What is wrong with it is then found, and named, as a lifetime value that is missing.
  if (!known.success) return { ...rest, format: 2 };
  const below = known.data > 0 ? [{ tier: "USUAL", from: 0, takes: "lower" }] : [];
  const tiers = [{ tier: "VALUABLE", from: known.data, takes: "upper" }, ...below];
  return { ...rest, format: 2, lifetimeValue: { tiers } };
}
