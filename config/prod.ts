import { defineEnvironment } from "@sagewright/sagemaker";

/** Where customers are: two instances or more, a canary first, and somebody who is woken. */
export default defineEnvironment({
  name: "prod",
  account: "333344445555",
  region: "eu-central-1",
  tags: { project: "churn", environment: "prod" },
  kmsKey: "alias/sagewright",
  pipeline: { parallelism: 4 },
  gate: { minimumAuc: 0.8, margin: 0.005, significance: 0.05 },
  serving: {
    mode: "endpoint",
    instanceType: "ml.m5.large",
    instances: 2,
    update: { type: "canary", size: { unit: "percent", value: 10 }, waitSeconds: 600, terminationWaitSeconds: 600 },
    rollback: { errorsPerMinute: 5, latencyP99Ms: 500, minutes: 2 },
    autoscaling: { minimum: 2, maximum: 6, targetInvocationsPerInstance: 3_000 },
    capture: { share: 0.2 },
    api: { requestsPerSecond: 100, burst: 200, firewall: true },
  },
  retention: { decisionsExplainableDays: 730, auditDays: 1_095, modelDays: 1_095, logDays: 90 },
  traffic: { predictionsPerMonth: 100_000, runsPerMonth: 2 },
  budget: { usdPerMonth: 500 },
  monitoring: {},
  alerts: {
    targets: {
      oncall: { type: "pagerduty", secret: "sagewright/prod/pagerduty" },
      team: { type: "slack", secret: "sagewright/prod/slack", channel: "#churn-model" },
      backlog: {
        type: "jira",
        secret: "sagewright/prod/jira",
        site: "https://example.atlassian.net",
        project: "CHURN",
      },
    },
    routes: { critical: ["oncall", "team"], performance: ["team"], minor: ["backlog"] },
    quietHours: { from: "20:00", to: "07:00", timezone: "Europe/Berlin" },
    runbooks: "https://git.example.com/churn/sagewright/blob/main/docs/runbooks",
  },
  retraining: { schedule: "cron(0 3 1 * ? *)", timezone: "Europe/Berlin", coolDownDays: 7, maximumPerMonth: 4 },
});
