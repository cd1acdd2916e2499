import { z } from "@hono/zod-openapi";
import { PolicyInvalidError, type ServingIssue } from "../errors";
import { upgradeFormat1 } from "./format-1";

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
  /** The tier of customers whose lifetime value takes `upper`; without a lifetime value, of the band's upper part. */
  upper: tier,
  /** The tier of the others. */
  lower: tier,
});

const valueTier = z.strictObject({
  /** The tier's name in answers and statistics. */
  tier: z.string().min(1).max(60),
  /** The tier holds lifetime values from here up to the next tier's; the last one also holds everything below. */
  from: z.number(),
  /** Which of a band's two tiers such a customer takes. */
  takes: z.enum(["upper", "lower"]),
});

const policySchema = z.strictObject({
  format: z.literal(2),
  name: z.string().min(1),
  lifetimeValue: z.strictObject({
    /** Unit of the lifetime-value model's answers, for people. @default answers name none */
    unit: z.string().min(1).max(60).optional(),
    /** Tiers of the lifetime value, highest first. */
    tiers: z.array(valueTier).min(1),
  }),
  /** Bands of the probability, highest first; the last one starts at 0. */
  bands: z.array(band).min(1),
  /** Drivers in one answer. */
  drivers: z.int().min(0).max(100),
});

/** What to do about a prediction, as data: bands of the probability, each with two tiers split by lifetime value. */
export type DecisionPolicy = z.infer<typeof policySchema>;

/** A tier and what it recommends. */
export type Tier = z.infer<typeof tier>;

/** A tier of the lifetime value. */
export type ValueTier = z.infer<typeof valueTier>;

/**
 * Checks a policy, of the current format or of an older one.
 *
 * @throws {@link PolicyInvalidError} with every problem at once.
 */
export function definePolicy(policy: unknown): DecisionPolicy {
  const parsed = policySchema.safeParse(upgradeFormat1(policy));
  if (!parsed.success) {
    throw new PolicyInvalidError(
      parsed.error.issues.map(({ path, message }) => issue(path.join(".") || "policy", `${message}.`)),
    );
  }
  const issues = [...bandIssues(parsed.data), ...valueTierIssues(parsed.data)];
  if (issues.length > 0) throw new PolicyInvalidError(issues);
  return parsed.data;
}

function bandIssues({ bands }: DecisionPolicy): ServingIssue[] {
  return bands.flatMap(({ from, upperFrom }, index) => {
    const next = bands[index - 1]?.from;
    const found: ServingIssue[] = [];
    if (next !== undefined && from >= next) {
      found.push(
        issue(`bands.${index}.from`, `${from} is not below the band before, ${next}. List the highest band first.`),
      );
    }
    if (upperFrom < from || upperFrom > (next ?? 1)) {
      found.push(
        issue(
          `bands.${index}.upperFrom`,
          `${upperFrom} is outside its band, ${from} to ${next ?? 1}. Give a probability inside it.`,
        ),
      );
    }
    if (index === bands.length - 1 && from !== 0) {
      found.push(
        issue(`bands.${index}.from`, `${from} leaves lower probabilities without a tier. Start the last band at 0.`),
      );
    }
    return found;
  });
}

function valueTierIssues({ lifetimeValue: { tiers } }: DecisionPolicy): ServingIssue[] {
  return tiers.flatMap(({ tier: name, from, takes }, index) => {
    const path = `lifetimeValue.tiers.${index}`;
    const before = tiers[index - 1];
    const found: ServingIssue[] = [];
    if (before !== undefined && from >= before.from) {
      found.push(
        issue(`${path}.from`, `${from} is not below the tier before, ${before.from}. List the highest tier first.`),
      );
    }
    if (takes === "upper" && before?.takes === "lower") {
      found.push(
        issue(`${path}.takes`, `"upper" comes below a tier that takes "lower". Let the more valuable take "upper".`),
      );
    }
    if (tiers.findIndex((each) => each.tier === name) < index) {
      found.push(
        issue(`${path}.tier`, `${JSON.stringify(name)} is given more than once. Give each tier a name of its own.`),
      );
    }
    return found;
  });
}

function issue(path: string, rule: string): ServingIssue {
  return { path, message: `${path}: ${rule}` };
}
