import type { DecisionPolicy } from "@sagewright/serving";

/**
 * What a telephone company does about a customer who may leave. The bands are of the churn probability; within a band a
 * customer of high or good lifetime value takes the first tier, the others the second. Where the lifetime value is not
 * known, the upper part of the band takes the first. Tiers of the lifetime value are about the quarters of the customers
 * that the product `clv` values.
 */
export const telecomPolicy: DecisionPolicy = {
  format: 2,
  name: "telecom",
  drivers: 5,
  lifetimeValue: {
    unit: "USD",
    tiers: [
      { tier: "HIGH", from: 9000, takes: "upper" },
      { tier: "GOOD", from: 5800, takes: "upper" },
      { tier: "MODEST", from: 4000, takes: "lower" },
      { tier: "LOW", from: 0, takes: "lower" },
    ],
  },
  bands: [
    {
      from: 0.3,
      upperFrom: 0.6,
      upper: { tier: "CRITICAL", recommendation: "Call within 24 hours and offer a retention plan." },
      lower: { tier: "HIGH PRIORITY", recommendation: "Contact this week with a targeted offer." },
    },
    {
      from: 0.15,
      upperFrom: 0.22,
      upper: { tier: "PROACTIVE", recommendation: "Reach out this month: a service check and a loyalty benefit." },
      lower: { tier: "MONITOR", recommendation: "Watch usage and service calls; contact when either worsens." },
    },
    {
      from: 0,
      upperFrom: 0.05,
      upper: { tier: "NURTURE", recommendation: "Keep in the loyalty programme; suggest a better plan when one fits." },
      lower: { tier: "MAINTAIN", recommendation: "No action needed beyond good service." },
    },
  ],
};
