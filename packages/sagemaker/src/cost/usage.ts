import { guardAlarms } from "../deployment/guard-alarms";
import type { Environment } from "../environment/schema";
import { captureOf } from "../environment/serving";
import type { PipelineJobs } from "./pipeline-jobs";

/** Ways to serve a model. */
export type ServingMode = "endpoint" | "serverless" | "embedded";

/** What a month is made of. */
export interface Usage {
  /** Predictions a month, one a request. */
  readonly predictions: number;
  readonly jobs: readonly PipelineJobs[];
  /** Runs of the pipeline a month, none of them cached. */
  readonly runs: number;
  /** Billed minutes of each job. */
  readonly jobMinutes: number;
  /** Part of the price that managed spot saves. */
  readonly spotSaving: number;
  /** Processing jobs that look for drift. */
  readonly monitoring: { readonly runs: number; readonly instance: string; readonly minutes: number };
  readonly hosting: { readonly instance: string; readonly instances: number };
  readonly serverless: { readonly memoryGb: number; readonly seconds: number };
  /** The function behind the gateway; it waits for an endpoint, or scores itself. */
  readonly lambda: {
    readonly memoryGb: number;
    readonly seconds: Readonly<Record<ServingMode, number>>;
    /** Calls that are kept ready. */
    readonly provisioned: number;
  };
  readonly gateway: "http" | "rest";
  readonly storageGb: number;
  /** Requests and answers kept: their part, bytes of one, objects a month, and how long they stay. */
  readonly capture: {
    readonly share: number;
    readonly bytes: number;
    readonly puts: number;
    readonly monthsKept: number;
  };
  readonly logGb: number;
  readonly alarms: number;
  /** Alarms that guard an endpoint, beside the others. */
  readonly guardAlarms: number;
  readonly customMetrics: number;
  readonly dashboards: number;
  /** Events, notifications and queue messages. */
  readonly messages: number;
  /** Keys of the account's own. */
  readonly keys: number;
  readonly secrets: number;
  /** Rules of a web application firewall. @default no firewall */
  readonly firewallRules?: number;
}

/** Assumptions of an estimate where the user gives none. */
export const defaultUsage: Usage = {
  predictions: 100_000,
  jobs: [],
  runs: 4,
  jobMinutes: 5,
  spotSaving: 0.6,
  monitoring: { runs: 0, instance: "ml.m5.large", minutes: 5 },
  hosting: { instance: "ml.m5.large", instances: 1 },
  serverless: { memoryGb: 2, seconds: 0.1 },
  lambda: { memoryGb: 0.5, seconds: { endpoint: 0.05, serverless: 0.12, embedded: 0.02 }, provisioned: 0 },
  gateway: "http",
  storageGb: 1,
  capture: { share: 0, bytes: 2_048, puts: 0, monthsKept: 3 },
  logGb: 0.1,
  alarms: 3,
  guardAlarms: 0,
  customMetrics: 5,
  dashboards: 0,
  messages: 0,
  keys: 0,
  secrets: 0,
};

/**
 * Alarms that the stacks make beside those of an endpoint: the run-book pages', and one for each dead-letter queue. One that looks at
 * two metrics is paid for twice.
 */
const STACK_ALARMS = 14;
/** Whether anything was released, beside what monitoring measures. */
const RELEASE_METRICS = 1;
/** The key that alerts are encrypted with on their way, and the secret with the API's hashed keys: every environment's stacks have them. */
const STACK_KEYS = 1;
const STACK_SECRETS = 1;
const DAYS_PER_MONTH = 730 / 24;

/** Rules of the firewall that the stack makes. */
const FIREWALL_RULES = 4;

/**
 * The month that an environment describes. Where it serves in one mode, the other modes are estimated with this mode's function and
 * the defaults of their own size, so that they can be compared.
 */
export function usageOf(environment: Environment, jobs: readonly PipelineJobs[]): Usage {
  const { serving, traffic, training, monitoring, retention, alerts, kmsKey } = environment;
  const { predictionsPerMonth: predictions, runsPerMonth: runs, jobMinutes, spotSaving } = traffic;
  const share = captureOf(serving)?.share ?? 0;
  const memoryGb = serving.lambda.memoryMb / 1_024;
  return {
    ...defaultUsage,
    predictions,
    jobs: training.spot ? jobs : jobs.map((job) => ({ ...job, spot: false })),
    runs,
    jobMinutes,
    spotSaving,
    monitoring: { ...defaultUsage.monitoring, runs: monitoring === undefined ? 0 : DAYS_PER_MONTH },
    hosting:
      serving.mode === "endpoint"
        ? { instance: serving.instanceType, instances: serving.instances * serving.variants.length }
        : { ...defaultUsage.hosting, instances: 2 },
    serverless:
      serving.mode === "serverless"
        ? { ...defaultUsage.serverless, memoryGb: serving.memoryMb / 1_024 }
        : defaultUsage.serverless,
    lambda: { ...defaultUsage.lambda, memoryGb, provisioned: serving.lambda.provisionedConcurrency ?? 0 },
    gateway: "rest",
    capture: {
      ...defaultUsage.capture,
      share,
      puts: capturePuts(predictions * share),
      monthsKept: retention.captureDays / DAYS_PER_MONTH,
    },
    alarms: STACK_ALARMS,
    customMetrics: defaultUsage.customMetrics + RELEASE_METRICS,
    guardAlarms:
      serving.mode === "endpoint"
        ? guardAlarms(
            "e",
            serving.variants.map(({ name }) => name),
            serving.rollback,
          ).length
        : 2,
    dashboards: 1,
    messages: 10_000,
    keys: STACK_KEYS + (kmsKey === undefined ? 0 : 1),
    secrets: STACK_SECRETS + Object.values(alerts?.targets ?? {}).filter((target) => "secret" in target).length,
    ...(serving.api.firewall ? { firewallRules: FIREWALL_RULES } : {}),
  };
}

/** Captures are put in groups, one a minute at the most. */
function capturePuts(captured: number): number {
  return Math.min(captured, 730 * 60);
}
