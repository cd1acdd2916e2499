import { defineEnvironment } from "@sagewright/sagemaker";

/** Where people try things: the smallest of everything, paid for by the prediction. */
export default defineEnvironment({
  name: "dev",
  account: "111122223333",
  region: "eu-central-1",
  tags: { project: "churn", environment: "dev" },
  // Nothing is captured: too few ask here for drift to say anything.
  serving: { mode: "embedded", capture: { share: 0 }, api: { requestsPerSecond: 10, burst: 20 } },
  retention: {
    decisionsExplainableDays: 30,
    auditDays: 30,
    modelDays: 90,
    rawDataDays: 180,
    captureDays: 30,
    logDays: 14,
  },
  traffic: { predictionsPerMonth: 5_000, runsPerMonth: 10 },
  budget: { usdPerMonth: 25 },
});
