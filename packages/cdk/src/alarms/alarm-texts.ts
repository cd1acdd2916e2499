import type { AlertSeverity } from "./alert-topics";

/** What an alarm tells people. `{limit}` and `{queue}` are filled in. */
export interface AlarmText {
  readonly severity: AlertSeverity;
  /** What it means, in a sentence. */
  readonly what: string;
  /** What to do first. */
  readonly action: string;
  /** Page of docs/runbooks, without `.md`. */
  readonly runbook: string;
}

/** Every alarm by the last part of its name. */
export const alarmTexts = {
  latency: {
    severity: "performance",
    what: "5 % of answers take longer than {limit}, for five minutes.",
    action: "Compare the gateway's latency with the function's and the model's, and see which of them grew.",
    runbook: "latency",
  },
  "server-errors": {
    severity: "critical",
    what: "More than {limit} of answers are 5xx, for five minutes.",
    action: "Read the function's log for the first error; if a release is under way or fresh, roll it back.",
    runbook: "errors",
  },
  "function-errors": {
    severity: "critical",
    what: "The prediction function fails, for three minutes.",
    action: "Read the function's log for the first error; if a release is under way or fresh, roll it back.",
    runbook: "errors",
  },
  throttles: {
    severity: "performance",
    what: "Requests are turned away because the function's concurrency is used up.",
    action: "See who sends more than usual, then raise the reserved concurrency or lower that caller's rate.",
    runbook: "throttles",
  },
  "endpoint-errors": {
    severity: "critical",
    what: "The endpoint answers with 5xx.",
    action: "See whether an update is under way: it turns itself back. Otherwise roll back to the version before.",
    runbook: "model-errors",
  },
  "model-errors": {
    severity: "critical",
    what: "The model's container refuses requests or fails on them.",
    action: "Read the endpoint's log for the first error, then roll back to the version before.",
    runbook: "model-errors",
  },
  "model-latency": {
    severity: "performance",
    what: "1 % of the model's answers take longer than the limit of the endpoint's own guard.",
    action: "See whether instances are at their limit, and whether autoscaling has reached its maximum.",
    runbook: "latency",
  },
  "endpoint-unhealthy": {
    severity: "critical",
    what: "No instance of the endpoint has reported for five minutes.",
    action: "Show the endpoint and its failure reason; deploy the last version that served.",
    runbook: "endpoint-unhealthy",
  },
  "endpoint-failed": {
    severity: "critical",
    what: "An endpoint of the model has failed.",
    action: "Show the endpoint and its failure reason; the version before serves on unless it was the first.",
    runbook: "endpoint-unhealthy",
  },
  "dead-letters": {
    severity: "performance",
    what: "The dead-letter queue {queue} holds messages: something was given up.",
    action: "Read one message and the log of whatever reads the queue, mend the cause, then start a redrive.",
    runbook: "dead-letters",
  },
  drift: {
    severity: "performance",
    what: "The distribution of one feature or more has moved since training.",
    action: "Read the drift report: a broken upstream column first, a changed market second.",
    runbook: "drift",
  },
  "auc-below-gate": {
    severity: "performance",
    what: "ROC AUC of the last measured window is below {limit}.",
    action: "Read the performance report and its interval, then see whether retraining is under way.",
    runbook: "auc-below-gate",
  },
  "no-predictions": {
    severity: "critical",
    what: "Nobody has asked for a prediction for {limit}.",
    action: "Ask /health from outside, then ask the consumers whether they still send.",
    runbook: "no-predictions",
  },
  "capture-stopped": {
    severity: "performance",
    what: "Predictions are answered but none has been captured for three hours, so drift cannot be seen.",
    action: "See whether captures arrive in the bucket, then whether the hourly summary runs.",
    runbook: "capture-stopped",
  },
  budget: {
    severity: "minor",
    what: "The account has used a share of this month's budget.",
    action: "Compare the cost by service with the estimate of: sagewright cost.",
    runbook: "budget",
  },
} as const satisfies Record<string, AlarmText>;

/** Last part of an alarm's name. */
export type ModelAlarm = keyof typeof alarmTexts;
