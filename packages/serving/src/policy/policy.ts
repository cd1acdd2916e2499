import { z } from "@hono/zod-openapi";
import { PolicyInvalidError } from "../errors";

const tier = z.strictObject({
  /** The tier's name in answers and statistics. */
  tier: z.string().min(1).max(60),
  /** What to do for such a customer. */
  recommendation: z.string().min(1).max(500),
});

const band = z.strictObject({
  /** The band holds probabilities from here up to the next band's. */
  from: z.number().min(0).max(1),
  /** Without a lifetime value, probabilities from here on take `upper`. */
  upperFrom: z.number().min(0).max(1),
  /** The tier of valuable customers; without a lifetime value, of the band's upper part. */
  upper: tier,
  /** The tier of the others. */
  lower: tier,
});

const policySchema = z.strictObject({
  format: z.literal(1),
  name: z.string().min(1),
  /** A customer whose lifetime value reaches this is valuable, in the unit of the lifetime-value model. */
  valuableFrom: z.number().min(0),
  /** Bands of the probability, highest first; the last one starts at 0. */
  bands: z.array(band).min(1),
  /** Drivers in one answer. */
  drivers: z.int().min(0).max(100),
});

/** What to do about a prediction, as data: bands of the probability, each with two tiers split by lifetime value. */
export type DecisionPolicy = z.infer<typeof policySchema>;

/** A tier and what it recommends. */
export type Tier = z.infer<typeof tier>;

/**
 * Checks a policy.
 *
 * @throws {@link PolicyInvalidError} with every problem at once.
 */
export function definePolicy(policy: unknown): DecisionPolicy {
  const parsed = policySchema.safeParse(policy);
  if (!parsed.success) {
    throw new PolicyInvalidError(
      parsed.error.issues.map(({ path, message }) => `${path.join(".") || "policy"}: ${message}.`),
    );
  }
  const issues = parsed.data.bands.flatMap(({ from, upperFrom }, index, bands) => {
    const next = bands[index - 1]?.from;
    const found: string[] = [];
    if (next !== undefined && from >= next) {
      found.push(`bands.${index}.from: ${from} is not below the band before, ${next}. List the highest band first.`);
    }
    if (upperFrom < from || upperFrom > (next ?? 1)) {
      found.push(
        `bands.${index}.upperFrom: ${upperFrom} is outside its band, ${from} to ${next ?? 1}. Give a probability inside it.`,
      );
    }
    if (index === bands.length - 1 && from !== 0) {
      found.push(`bands.${index}.from: ${from} leaves lower probabilities without a tier. Start the last band at 0.`);
    }
    return found;
  });
  if (issues.length > 0) throw new PolicyInvalidError(issues);
  return parsed.data;
}
