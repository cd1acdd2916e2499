import { defineEnvironment } from "@sagewright/sagemaker";

/** Production in small: the same way of serving and of taking over, so that what breaks breaks here. */
export default defineEnvironment({
  name: "staging",
  account: "222233334444",
  region: "eu-central-1",
  tags: { project: "churn", environment: "staging" },
  gate: { minimumAuc: 0.8, margin: 0.005 },
  serving: {
    mode: "endpoint",
    instanceType: "ml.c5.large",
    instances: 2,
    update: { type: "canary", size: { unit: "instances", value: 1 }, waitSeconds: 300, terminationWaitSeconds: 120 },
    rollback: { errorsPerMinute: 1, latencyP99Ms: 1_000 },
    capture: { share: 1 },
  },
  traffic: { predictionsPerMonth: 20_000 },
  budget: { usdPerMonth: 250 },
  monitoring: { minimumSample: 100 },
  alerts: {
    targets: { team: { type: "slack", secret: "sagewright/staging/slack" } },
    routes: { critical: ["team"], performance: ["team"], minor: ["team"] },
  },
});
