import { hourly, type PriceTable } from "./price-table";
import type { ServingMode, Usage } from "./usage";

/** Hours of a month, as AWS counts them. */
export const HOURS_PER_MONTH = 730;
export const MILLION = 1_000_000;

/** A month in one mode, in the table's currency. */
export interface MonthlyCost {
  readonly mode: ServingMode;
  readonly training: number;
  /** Processing jobs that look for drift and judge outcomes. */
  readonly monitoring: number;
  /** Instances that run whether asked or not; serverless inference by use. */
  readonly hosting: number;
  readonly lambda: number;
  readonly gateway: number;
  /** Objects kept and put: data, models, captures. */
  readonly storage: number;
  /** Alarms, custom metrics, dashboards, logs and messages. */
  readonly watching: number;
  /** Keys, secrets and the firewall. */
  readonly security: number;
  readonly total: number;
}

/** A month in every mode. Costs are linear in the predictions: nothing here knows free tiers or volume discounts. */
export function estimateMonth(usage: Usage, prices: PriceTable): MonthlyCost[] {
  return (["endpoint", "serverless", "embedded"] as const).map((mode) => {
    const parts = {
      training: trainingCost(usage, prices),
      monitoring: monitoringCost(usage, prices),
      hosting: hostingPart(usage, prices)[mode],
      lambda: lambdaCost(usage, prices, mode),
      gateway: (usage.predictions / MILLION) * prices.gatewayPerMillion[usage.gateway],
      storage: storageCost(usage, prices),
      watching: watchingCost(usage, prices, mode),
      security: securityCost(usage, prices),
    };
    return { mode, ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
  });
}

function hostingPart({ predictions, hosting, serverless }: Usage, prices: PriceTable): Record<ServingMode, number> {
  return {
    endpoint: HOURS_PER_MONTH * hosting.instances * hourly(prices.hostingPerHour, hosting.instance),
    serverless: predictions * serverless.memoryGb * serverless.seconds * prices.serverlessInferencePerGbSecond,
    embedded: 0,
  };
}

function lambdaCost({ predictions, lambda }: Usage, prices: PriceTable, mode: ServingMode): number {
  const kept = lambda.provisioned * lambda.memoryGb * HOURS_PER_MONTH * 3_600 * prices.lambdaProvisionedPerGbSecond;
  const work = predictions * lambda.memoryGb * lambda.seconds[mode] * prices.lambdaPerGbSecond;
  return (predictions / MILLION) * prices.lambdaPerMillion + work + kept;
}

function monitoringCost({ monitoring: { runs, instance, minutes } }: Usage, prices: PriceTable): number {
  return runs === 0 ? 0 : (runs * minutes * hourly(prices.jobPerHour, instance)) / 60;
}

function storageCost({ predictions, storageGb, capture }: Usage, prices: PriceTable): number {
  const captured = predictions * capture.share;
  const keptGb = storageGb + (captured * capture.bytes * capture.monthsKept) / 2 ** 30;
  return keptGb * prices.storagePerGbMonth + (capture.share === 0 ? 0 : (capture.puts / 1_000) * prices.putPerThousand);
}

function watchingCost(usage: Usage, prices: PriceTable, mode: ServingMode): number {
  const alarms = usage.alarms + (mode === "endpoint" ? usage.guardAlarms : 0);
  return (
    alarms * prices.alarmPerMonth +
    usage.customMetrics * prices.customMetricPerMonth +
    usage.dashboards * prices.dashboardPerMonth +
    usage.logGb * prices.logPerGb +
    (usage.messages / MILLION) * (prices.messagesPerMillion.sns + prices.messagesPerMillion.sqs)
  );
}

function securityCost({ predictions, keys, secrets, firewallRules }: Usage, prices: PriceTable): number {
  const firewall =
    firewallRules === undefined
      ? 0
      : prices.firewallPerMonth +
        firewallRules * prices.firewallRulePerMonth +
        (predictions / MILLION) * prices.firewallPerMillion;
  return keys * prices.keyPerMonth + secrets * prices.secretPerMonth + firewall;
}

function trainingCost({ jobs, runs, jobMinutes, spotSaving }: Usage, prices: PriceTable): number {
  const perHour = jobs.reduce((sum, { instance, machines, spot }) => {
    const paid = spot ? 1 - spotSaving : 1;
    return sum + machines * paid * hourly(prices.jobPerHour, instance);
  }, 0);
  return (perHour * runs * jobMinutes) / 60;
}
