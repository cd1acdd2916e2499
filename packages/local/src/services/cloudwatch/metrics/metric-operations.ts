import type {
  Datapoint,
  GetMetricDataInput,
  GetMetricDataOutput,
  GetMetricStatisticsInput,
  GetMetricStatisticsOutput,
  ListMetricsInput,
  ListMetricsOutput,
  PutMetricDataInput,
} from "@aws-sdk/client-cloudwatch";
import type { Clock } from "../../../clock";
import { ServiceError } from "../../../errors";
import { type OperationTable, operation } from "../../../service";
import { runQueries } from "./metric-queries";
import { additionOf, checkPeriod, dimensionsOf, invalid } from "./metric-request";
import type { MetricStore } from "./metric-store";
import { checkStatistic, statisticOf } from "./statistics";

const dayMs = 86_400_000;
const mostDatapoints = 1440;

/** Operations on metrics. */
export function metricOperations(metrics: MetricStore, clock: Clock): OperationTable {
  const now = () => clock.now().getTime();
  return {
    PutMetricData: operation<PutMetricDataInput, object>(async (input) => {
      const namespace = input.Namespace ?? "";
      if (!/^[^:\s][^:]*$/.test(namespace)) throw invalid(`The value ${namespace} for parameter Namespace is invalid.`);
      if (namespace.startsWith("AWS/")) {
        throw invalid(`The value ${namespace} for parameter Namespace must not start with AWS/.`);
      }
      const data = [
        ...(input.MetricData ?? []),
        ...(input.EntityMetricData ?? []).flatMap((entity) => entity.MetricData ?? []),
      ];
      if (data.length === 0) {
        throw new ServiceError("MissingRequiredParameterException", "The parameter MetricData is required.");
      }
      if (data.length > 1000) throw invalid("The collection MetricData must not have a size greater than 1000.");
      await metrics.add(data.map((datum, index) => additionOf(datum, namespace, now(), index)));
      return {};
    }),
    GetMetricStatistics: operation<GetMetricStatisticsInput, GetMetricStatisticsOutput>((input) =>
      statistics(metrics, input),
    ),
    GetMetricData: operation<GetMetricDataInput, GetMetricDataOutput>((input) => metricData(metrics, input)),
    ListMetrics: operation<ListMetricsInput, ListMetricsOutput>((input) => listMetrics(metrics, input, now())),
  };
}

function rangeOf(input: { StartTime?: Date | undefined; EndTime?: Date | undefined }): { start: number; end: number } {
  const start = input.StartTime?.getTime() ?? Number.NaN;
  const end = input.EndTime?.getTime() ?? Number.NaN;
  if (start < end) return { start, end };
  throw invalid("The parameter StartTime must be less than the parameter EndTime.");
}

function statistics(metrics: MetricStore, input: GetMetricStatisticsInput): GetMetricStatisticsOutput {
  const { start, end } = rangeOf(input);
  const periodMs = checkPeriod(input.Period) * 1000;
  const wanted = [...(input.Statistics ?? []), ...(input.ExtendedStatistics ?? [])];
  if (wanted.length === 0) {
    throw new ServiceError(
      "InvalidParameterCombinationException",
      "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
    );
  }
  for (const name of wanted) checkStatistic(name);
  const points = Math.ceil((end - start) / periodMs);
  if (points > mostDatapoints) {
    throw new ServiceError(
      "InvalidParameterCombinationException",
      `You have requested up to ${points.toLocaleString("en")} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  const from = Math.floor(start / 60_000) * 60_000;
  const query = {
    namespace: input.Namespace ?? "",
    name: input.MetricName ?? "",
    dimensions: dimensionsOf(input.Dimensions),
    from: Math.min(from, start),
    to: end,
    periodMs,
    origin: Math.floor(from / periodMs) * periodMs,
  };
  const units = input.Unit === undefined ? metrics.units(query) : [input.Unit];
  const Datapoints = units.flatMap((unit) =>
    [...metrics.buckets({ ...query, unit })].map(([time, bucket]) => {
      const point: Record<string, unknown> = { Timestamp: new Date(time), Unit: unit };
      for (const name of input.Statistics ?? []) point[name] = statisticOf(bucket, name);
      const extended = (input.ExtendedStatistics ?? [])
        .map((name) => [name, statisticOf(bucket, name)] as const)
        .filter(([, value]) => value !== undefined);
      if (extended.length > 0) point.ExtendedStatistics = Object.fromEntries(extended);
      return point as Datapoint;
    }),
  );
  Datapoints.sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp));
  return { Label: input.MetricName, Datapoints };
}

function metricData(metrics: MetricStore, input: GetMetricDataInput): GetMetricDataOutput {
  const { start, end } = rangeOf(input);
  const results = runQueries(metrics, input.MetricDataQueries ?? [], { start, end });
  const ascending = input.ScanBy === "TimestampAscending";
  const limit = input.MaxDatapoints ?? 100_800;
  const offset = tokenOf(input.NextToken);
  let position = 0;
  let left = limit;
  const MetricDataResults = results.map(({ id, label, series }) => {
    const sorted = [...series].sort(([a], [b]) => (ascending ? a - b : b - a));
    const from = Math.min(Math.max(offset - position, 0), sorted.length);
    const page = sorted.slice(from, from + left);
    position += sorted.length;
    left -= page.length;
    return {
      Id: id,
      Label: label,
      Timestamps: page.map(([time]) => new Date(time)),
      Values: page.map(([, value]) => value),
      StatusCode: from + page.length < sorted.length ? ("PartialData" as const) : ("Complete" as const),
    };
  });
  return {
    MetricDataResults,
    Messages: [],
    ...(offset + limit < position && { NextToken: Buffer.from(String(offset + limit)).toString("base64") }),
  };
}

function tokenOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const offset = Number(Buffer.from(token, "base64").toString("utf8"));
  if (Number.isInteger(offset) && offset > 0) return offset;
  throw new ServiceError("InvalidNextToken", "The next token specified is invalid.");
}

const pageSize = 500;

function listMetrics(metrics: MetricStore, input: ListMetricsInput, now: number): ListMetricsOutput {
  const since = now - (input.RecentlyActive === "PT3H" ? 3 * 3_600_000 : 14 * dayMs);
  const offset = tokenOf(input.NextToken);
  const found = metrics
    .metrics(since)
    .filter(
      ({ namespace, name, dimensions }) =>
        (input.Namespace === undefined || input.Namespace === namespace) &&
        (input.MetricName === undefined || input.MetricName === name) &&
        (input.Dimensions ?? []).every(
          ({ Name = "", Value }) =>
            Object.hasOwn(dimensions, Name) && (Value === undefined || dimensions[Name] === Value),
        ),
    );
  return {
    Metrics: found.slice(offset, offset + pageSize).map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    })),
    ...(offset + pageSize < found.length && {
      NextToken: Buffer.from(String(offset + pageSize)).toString("base64"),
    }),
  };
}
