import { type DecisionPolicy, definePolicy } from "./policy";

/**
 * The default policy, for telephone customers: CRITICAL and HIGH PRIORITY from 0.30, PROACTIVE and MONITOR from 0.15,
 * NURTURE and MAINTAIN below. Where a lifetime value is known it chooses within a band; without one the upper part of the
 * band takes the first name: CRITICAL from 0.60, PROACTIVE from 0.22, NURTURE from 0.05.
 */
export const telecomPolicy: DecisionPolicy = definePolicy({
  format: 1,
  name: "telecom",
  valuableFrom: 1000,
  drivers: 5,
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
});
