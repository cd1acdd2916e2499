import { OperationError } from "../errors";

/** One dated list of prices. Every figure of an estimate comes from it. */
export interface PriceTable {
  readonly region: string;
  readonly currency: string;
  /** Month in which the prices were put down. */
  readonly date: string;
  readonly source: string;
  /** Training, tuning and processing, by instance type. */
  readonly jobPerHour: Readonly<Record<string, number>>;
  readonly hostingPerHour: Readonly<Record<string, number>>;
  readonly serverlessInferencePerGbSecond: number;
  readonly lambdaPerMillion: number;
  readonly lambdaPerGbSecond: number;
  /** Kept ready, on top of what runs. */
  readonly lambdaProvisionedPerGbSecond: number;
  readonly gatewayPerMillion: Readonly<Record<"http" | "rest", number>>;
  readonly alarmPerMonth: number;
  readonly customMetricPerMonth: number;
  readonly dashboardPerMonth: number;
  readonly logPerGb: number;
  readonly storagePerGbMonth: number;
  readonly putPerThousand: number;
  readonly keyPerMonth: number;
  readonly secretPerMonth: number;
  readonly firewallPerMonth: number;
  readonly firewallRulePerMonth: number;
  readonly firewallPerMillion: number;
  readonly messagesPerMillion: Readonly<Record<"sns" | "sqs" | "events", number>>;
  /** Where each kind of price stands, and against what it was checked. */
  readonly sources: Readonly<Record<string, { readonly page: string; readonly checked: string }>>;
  /** What an estimate leaves out. */
  readonly notCounted: readonly string[];
  /** What others ask for the same. */
  readonly reference: { readonly perMonth: number; readonly predictions: number; readonly what: string };
}

/** The prices that this version knows, with their date and source. */
export const priceTable: PriceTable = require("./prices.json") as PriceTable;

/**
 * The price of an hour of an instance type.
 *
 * @throws OperationError `price_unknown` naming the types whose price is known
 */
export function hourly(prices: Readonly<Record<string, number>>, instance: string): number {
  const price = prices[instance];
  if (price !== undefined) return price;
  throw new OperationError(
    "price_unknown",
    `The price table has no price for ${instance}. Use one of ${Object.keys(prices).join(", ")}.`,
    { facts: { instance, known: Object.keys(prices) } },
  );
}
