import { type DecisionPolicy, definePolicy } from "./policy";

/**
 * The policy of products that have none of their own: CRITICAL and HIGH PRIORITY from 0.30, PROACTIVE and MONITOR from 0.15,
 * NURTURE and MAINTAIN below. Where a lifetime value is known it chooses within a band, and 1,000 or more takes the first
 * name; without one the upper part of the band does: CRITICAL from 0.60, PROACTIVE from 0.22, NURTURE from 0.05.
 */
export const usualPolicy: DecisionPolicy = definePolicy({
  format: 2,
  name: "usual",
  drivers: 5,
  lifetimeValue: {
    tiers: [
      { tier: "HIGH", from: 1000, takes: "upper" },
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
      upper: { tier: "PROACTIVE", recommendation: "Reach out this month with a loyalty benefit." },
      lower: { tier: "MONITOR", recommendation: "Watch usage; contact when it falls." },
    },
    {
      from: 0,
      upperFrom: 0.05,
      upper: {
        tier: "NURTURE",
        recommendation: "Keep in the loyalty programme; suggest a better offer when one fits.",
      },
      lower: { tier: "MAINTAIN", recommendation: "No action needed beyond good service." },
    },
  ],
});
