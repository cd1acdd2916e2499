import type { DescribeEndpointConfigOutput } from "@aws-sdk/client-sagemaker";
import { HOURS_PER_MONTH } from "./estimate";
import type { PriceTable } from "./price-table";

/** What an endpoint costs a month, as its configuration says. In the price table's currency. */
export interface HostingCost {
  /** Instances that run whether asked or not, and the alarms that guard them. With autoscaling at its minimum. */
  readonly perMonth: number;
  /** With autoscaling at its maximum all month. @default absent where the number of instances is fixed */
  readonly atMost?: number;
  /** Serverless inference, for each second that it works. @default absent for instances */
  readonly perSecond?: number;
  /** What the price table has no price for, and is not counted. */
  readonly unpriced: readonly string[];
}

/** How many instances of a variant run: with autoscaling between two numbers. */
export interface InstanceRange {
  readonly minimum: number;
  readonly maximum: number;
}

/**
 * @param scaling - variants that scale, by name; others run their configuration's count
 * @param alarms - how many alarms guard the endpoint
 */
export function hostingCost(
  { ProductionVariants = [] }: Pick<DescribeEndpointConfigOutput, "ProductionVariants">,
  { scaling, alarms, prices }: { scaling: ReadonlyMap<string, InstanceRange>; alarms: number; prices: PriceTable },
): HostingCost {
  const unpriced: string[] = [];
  const guard = alarms * prices.alarmPerMonth;
  let [least, most, perSecond] = [guard, guard, 0];
  for (const { VariantName = "", InstanceType, InitialInstanceCount = 1, ServerlessConfig } of ProductionVariants) {
    if (ServerlessConfig !== undefined) {
      const gigabytes = (ServerlessConfig.MemorySizeInMB ?? 0) / 1_024;
      perSecond += gigabytes * prices.serverlessInferencePerGbSecond;
      if (ServerlessConfig.ProvisionedConcurrency !== undefined) unpriced.push("provisioned concurrency");
      continue;
    }
    const hourly = prices.hostingPerHour[InstanceType ?? ""];
    if (hourly === undefined) {
      unpriced.push(InstanceType ?? "an instance without a type");
      continue;
    }
    const range = scaling.get(VariantName) ?? { minimum: InitialInstanceCount, maximum: InitialInstanceCount };
    least += HOURS_PER_MONTH * hourly * range.minimum;
    most += HOURS_PER_MONTH * hourly * range.maximum;
  }
  return {
    perMonth: least,
    ...(most > least ? { atMost: most } : {}),
    ...(perSecond > 0 ? { perSecond } : {}),
    unpriced: [...new Set(unpriced)],
  };
}
