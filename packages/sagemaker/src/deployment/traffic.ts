import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { Clients } from "../clients";
import { ENDPOINT_METRICS } from "./guard-alarms";

/** What an endpoint did in the last hour, as CloudWatch counted it. */
export interface RecentTraffic {
  readonly invocations: number;
  readonly errors4xx: number;
  readonly errors5xx: number;
  /** Of the slowest variant. @default absent without invocations */
  readonly latencyP50Ms?: number;
  readonly latencyP99Ms?: number;
  /** Minute of the newest invocation. */
  readonly lastInvocation?: Date;
}

const HOUR_MS = 3_600_000;

/** The last hour of an endpoint's variants. */
export async function recentTraffic(
  { cloudwatch }: Pick<Clients, "cloudwatch">,
  { endpoint, variants, now }: { endpoint: string; variants: readonly string[]; now: Date },
): Promise<RecentTraffic> {
  const { GetMetricDataCommand } = require("@aws-sdk/client-cloudwatch") as typeof import("@aws-sdk/client-cloudwatch");
  const found = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now.getTime() - HOUR_MS),
      EndTime: now,
      MetricDataQueries: variants.flatMap((variant, index) => queries(endpoint, variant, index)),
    }),
  );
  const of = (id: string) => (found.MetricDataResults ?? []).filter(({ Id }) => Id?.startsWith(`${id}_`));
  const sum = (id: string) =>
    of(id)
      .flatMap(({ Values = [] }) => Values)
      .reduce((total, value) => total + value, 0);
  const worst = (id: string) => {
    const values = of(id).flatMap(({ Values = [] }) => Values);
    return values.length === 0 ? undefined : Math.max(...values) / 1_000;
  };
  const [p50, p99] = [worst("p50"), worst("p99")];
  const last = Math.max(
    ...of("invocations").flatMap(({ Values = [], Timestamps = [] }) =>
      Timestamps.filter((_, index) => (Values[index] ?? 0) > 0).map((time) => time.getTime()),
    ),
  );
  return {
    invocations: sum("invocations"),
    errors4xx: sum("errors4xx"),
    errors5xx: sum("errors5xx"),
    ...(p50 === undefined ? {} : { latencyP50Ms: p50 }),
    ...(p99 === undefined ? {} : { latencyP99Ms: p99 }),
    ...(Number.isFinite(last) ? { lastInvocation: new Date(last) } : {}),
  };
}

function queries(endpoint: string, variant: string, index: number): MetricDataQuery[] {
  const query = (id: string, MetricName: string, Stat: string, Period: number): MetricDataQuery => ({
    Id: `${id}_${index}`,
    MetricStat: {
      Metric: {
        Namespace: ENDPOINT_METRICS,
        MetricName,
        Dimensions: [
          { Name: "EndpointName", Value: endpoint },
          { Name: "VariantName", Value: variant },
        ],
      },
      Period,
      Stat,
    },
  });
  return [
    query("invocations", "Invocations", "Sum", 60),
    query("errors4xx", "Invocation4XXErrors", "Sum", 60),
    query("errors5xx", "Invocation5XXErrors", "Sum", 60),
    query("p50", "ModelLatency", "p50", 3_600),
    query("p99", "ModelLatency", "p99", 3_600),
  ];
}
