import type { PriceTable } from "./price-table";

/** One price as a person reads it. */
export interface PriceLine {
  readonly name: string;
  readonly price: number;
  /** What the price is for: "an hour", "a million requests". */
  readonly unit: string;
  /** AWS's page. */
  readonly page: string;
  /** Against what the price was checked. */
  readonly checked: string;
}

/** Every price of a table, one a line, each with the page it stands on. */
export function priceLines(prices: PriceTable): PriceLine[] {
  const line = (source: string, name: string, price: number, unit: string): PriceLine => {
    const { page = "", checked = "" } = prices.sources[source] ?? {};
    return { name, price, unit, page, checked };
  };
  const instances = (source: "jobPerHour" | "hostingPerHour", what: string) =>
    Object.entries(prices[source]).map(([type, price]) => line(source, `${what} on ${type}`, price, "an hour"));
  const { sns, sqs, events } = prices.messagesPerMillion;
  return [
    ...instances("jobPerHour", "job"),
    ...instances("hostingPerHour", "endpoint"),
    line(
      "serverlessInferencePerGbSecond",
      "serverless inference",
      prices.serverlessInferencePerGbSecond,
      "a gigabyte-second",
    ),
    line("lambda", "Lambda, calls", prices.lambdaPerMillion, "a million"),
    line("lambda", "Lambda, work", prices.lambdaPerGbSecond, "a gigabyte-second"),
    line("lambda", "Lambda, kept ready", prices.lambdaProvisionedPerGbSecond, "a gigabyte-second"),
    line("gatewayPerMillion", "API Gateway, HTTP", prices.gatewayPerMillion.http, "a million requests"),
    line("gatewayPerMillion", "API Gateway, REST", prices.gatewayPerMillion.rest, "a million requests"),
    line("cloudwatch", "alarm", prices.alarmPerMonth, "a month"),
    line("cloudwatch", "custom metric", prices.customMetricPerMonth, "a month"),
    line("cloudwatch", "dashboard", prices.dashboardPerMonth, "a month"),
    line("cloudwatch", "logs", prices.logPerGb, "a gigabyte"),
    line("storage", "S3, kept", prices.storagePerGbMonth, "a gigabyte and month"),
    line("storage", "S3, put", prices.putPerThousand, "a thousand"),
    line("keys", "key of one's own", prices.keyPerMonth, "a month"),
    line("secretPerMonth", "secret", prices.secretPerMonth, "a month"),
    line("firewall", "firewall", prices.firewallPerMonth, "a month"),
    line("firewall", "firewall, rule", prices.firewallRulePerMonth, "a month"),
    line("firewall", "firewall, requests", prices.firewallPerMillion, "a million"),
    line("messagesPerMillion", "SNS", sns, "a million"),
    line("messagesPerMillion", "SQS", sqs, "a million"),
    line("messagesPerMillion", "EventBridge", events, "a million events"),
  ];
}
