import type { PipelineJobs } from "./pipeline-jobs";
import { hourly, type PriceTable } from "./price-table";

/** Hours of a month, as AWS counts them. */
export const HOURS_PER_MONTH = 730;
const MILLION = 1_000_000;

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
  readonly hosting: { readonly instance: string; readonly instances: number };
  readonly serverless: { readonly memoryGb: number; readonly seconds: number };
  /** The function behind the gateway; it waits for an endpoint, or scores itself. */
  readonly lambda: { readonly memoryGb: number; readonly seconds: Readonly<Record<ServingMode, number>> };
  readonly gateway: "http" | "rest";
  readonly storageGb: number;
  readonly logGb: number;
  readonly alarms: number;
  readonly customMetrics: number;
}

/** Assumptions of an estimate where the user gives none. */
export const defaultUsage: Usage = {
  predictions: 100_000,
  jobs: [],
  runs: 4,
  jobMinutes: 5,
  spotSaving: 0.6,
  hosting: { instance: "ml.m5.large", instances: 1 },
  serverless: { memoryGb: 2, seconds: 0.1 },
  lambda: { memoryGb: 0.5, seconds: { endpoint: 0.05, serverless: 0.12, embedded: 0.02 } },
  gateway: "http",
  storageGb: 1,
  logGb: 0.1,
  alarms: 3,
  customMetrics: 5,
};

/** A month in one mode, in the table's currency. */
export interface MonthlyCost {
  readonly mode: ServingMode;
  readonly training: number;
  /** Instances that run whether asked or not; serverless inference by use. */
  readonly hosting: number;
  readonly lambda: number;
  readonly gateway: number;
  readonly storage: number;
  /** Alarms, custom metrics and logs. */
  readonly watching: number;
  readonly total: number;
}

/** A month in every mode. Costs are linear in the predictions: nothing here knows free tiers or volume discounts. */
export function estimateMonth(usage: Usage, prices: PriceTable): MonthlyCost[] {
  return (["endpoint", "serverless", "embedded"] as const).map((mode) => {
    const { predictions, hosting, serverless, lambda } = usage;
    const parts = {
      training: trainingCost(usage, prices),
      hosting: {
        endpoint: HOURS_PER_MONTH * hosting.instances * hourly(prices.hostingPerHour, hosting.instance),
        serverless: predictions * serverless.memoryGb * serverless.seconds * prices.serverlessInferencePerGbSecond,
        embedded: 0,
      }[mode],
      lambda:
        (predictions / MILLION) * prices.lambdaPerMillion +
        predictions * lambda.memoryGb * lambda.seconds[mode] * prices.lambdaPerGbSecond,
      gateway: (predictions / MILLION) * prices.gatewayPerMillion[usage.gateway],
      storage: usage.storageGb * prices.storagePerGbMonth,
      watching:
        usage.alarms * prices.alarmPerMonth +
        usage.customMetrics * prices.customMetricPerMonth +
        usage.logGb * prices.logPerGb,
    };
    return { mode, ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
  });
}

function trainingCost({ jobs, runs, jobMinutes, spotSaving }: Usage, prices: PriceTable): number {
  const perHour = jobs.reduce((sum, { instance, machines, spot }) => {
    const paid = spot ? 1 - spotSaving : 1;
    return sum + machines * paid * hourly(prices.jobPerHour, instance);
  }, 0);
  return (perHour * runs * jobMinutes) / 60;
}

/** A mode that is cheapest from some traffic on. */
export interface CheapestRange {
  readonly mode: ServingMode;
  /** Predictions a month. */
  readonly from: number;
}

/** Which mode is cheapest at which traffic, from no predictions upward. `among` leaves modes out. */
export function cheapestModes(
  usage: Usage,
  prices: PriceTable,
  among: readonly ServingMode[] = ["endpoint", "serverless", "embedded"],
): CheapestRange[] {
  const lines = linesOf(usage, prices).filter(({ mode }) => among.includes(mode));
  const ranges: CheapestRange[] = [];
  let from = 0;
  let best = lines.reduce((a, b) => (b.fixed < a.fixed || (b.fixed === a.fixed && b.each < a.each) ? b : a));
  for (;;) {
    ranges.push({ mode: best.mode, from });
    const here = best;
    const next = lines
      .filter(({ each }) => each < here.each)
      .map((line) => ({ line, at: (line.fixed - here.fixed) / (here.each - line.each) }))
      .sort((a, b) => a.at - b.at)[0];
    if (next === undefined) return ranges;
    from = Math.ceil(next.at);
    best = next.line;
  }
}

function linesOf(usage: Usage, prices: PriceTable): { mode: ServingMode; fixed: number; each: number }[] {
  const none = estimateMonth({ ...usage, predictions: 0 }, prices);
  const million = estimateMonth({ ...usage, predictions: MILLION }, prices);
  return none.map(({ mode, total }, index) => ({
    mode,
    fixed: total,
    each: ((million[index]?.total ?? total) - total) / MILLION,
  }));
}
