import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { ServiceError } from "../../../errors";
import type { MathContext } from "../metric-math/functions";
import { parseMath } from "../metric-math/parse";
import type { MathValue, Series } from "../metric-math/values";
import { checkPeriod, dimensionsOf } from "./metric-request";
import type { MetricId, MetricStore } from "./metric-store";
import { checkStatistic, statisticOf } from "./statistics";

/** One time series of an answer. */
export interface QueryResult {
  readonly id: string;
  readonly label: string;
  readonly series: Series;
}

/** Between which moments; epoch milliseconds. */
export interface QueryRange {
  readonly start: number;
  readonly end: number;
  /** Where periods begin. @default at multiples of the period */
  readonly origin?: number;
}

/** Metrics that queries read. */
export const metricsOf = (queries: readonly MetricDataQuery[]): MetricId[] =>
  queries.flatMap(({ MetricStat }) =>
    MetricStat?.Metric
      ? [
          {
            namespace: MetricStat.Metric.Namespace ?? "",
            name: MetricStat.Metric.MetricName ?? "",
            dimensions: dimensionsOf(MetricStat.Metric.Dimensions),
          },
        ]
      : [],
  );

/**
 * Refuses what GetMetricData and alarms on expressions would refuse.
 * @throws ServiceError ValidationError
 */
export function checkQueries(queries: readonly MetricDataQuery[]): void {
  const ids = new Set<string>();
  for (const { Id = "", MetricStat, Expression, AccountId } of queries) {
    if (!/^[a-z]\w*$/.test(Id)) {
      throw failure(
        `The value ${Id} for parameter Id must begin with a lower case letter and hold letters, digits and _.`,
      );
    }
    if (ids.has(Id)) throw failure(`The values for parameter id in MetricDataQueries are not unique: ${Id}.`);
    ids.add(Id);
    if ((MetricStat === undefined) === (Expression === undefined)) {
      throw failure(`Exactly one of MetricStat and Expression must be given for ${Id}.`);
    }
    if (AccountId !== undefined)
      throw failure("AccountId is not emulated by Sagewright's embedded cloud: leave it out.");
    if (MetricStat) {
      checkPeriod(MetricStat.Period);
      checkStatistic(MetricStat.Stat ?? "");
    } else parseMath(Expression ?? "");
  }
}

/** Runs metrics and expressions; gives those that return data, in order. */
export function runQueries(
  metrics: MetricStore,
  queries: readonly MetricDataQuery[],
  range: QueryRange,
): QueryResult[] {
  checkQueries(queries);
  const values = new Map<string, MathValue>();
  const running = new Set<string>();
  const shared = Math.max(1, ...queries.map(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? 0));
  const metricValues = (text: string | undefined): Series[] =>
    queries
      .filter(({ Id = "", MetricStat }) => MetricStat && (text === undefined || Id.includes(text)))
      .map(({ Id = "" }) => resultOf(Id) as Series);
  const resultOf = (id: string): MathValue => {
    const known = values.get(id);
    if (known !== undefined) return known;
    const query = queries.find(({ Id }) => Id === id);
    if (!query) throw failure(`Error in expression: Undefined variable ${id}`);
    if (running.has(id)) throw failure(`Error in expression '${query.Expression}': it depends on itself.`);
    running.add(id);
    const value = query.MetricStat
      ? statSeries(metrics, query, range)
      : parseMath(query.Expression ?? "")(context(query));
    values.set(id, value);
    return value;
  };
  const context = (query: MetricDataQuery): MathContext => {
    const periodSeconds = query.Period ?? shared;
    return { value: resultOf, metrics: metricValues, periodSeconds, periods: periodsOf(range, periodSeconds * 1000) };
  };
  return queries
    .filter(({ ReturnData }) => ReturnData !== false)
    .flatMap(({ Id: id = "", Label, MetricStat, Expression = "" }) => {
      const value = resultOf(id);
      if (typeof value === "number") {
        throw failure(`Error in expression '${Expression}': it gives a number; use TIME_SERIES to return it.`);
      }
      const all = value instanceof Map ? [value] : (value as readonly Series[]);
      return all.map((series) => ({ id, label: Label ?? MetricStat?.Metric?.MetricName ?? id, series }));
    });
}

function periodsOf({ start, end, origin = 0 }: QueryRange, periodMs: number): number[] {
  const periods: number[] = [];
  for (let time = Math.floor((start - origin) / periodMs) * periodMs + origin; time < end; time += periodMs) {
    periods.push(time);
  }
  return periods;
}

function statSeries(metrics: MetricStore, { MetricStat }: MetricDataQuery, range: QueryRange): Series {
  const { Metric, Period = 60, Stat = "", Unit } = MetricStat ?? {};
  const periodMs = Period * 1000;
  const origin = range.origin ?? 0;
  const buckets = metrics.buckets({
    namespace: Metric?.Namespace ?? "",
    name: Metric?.MetricName ?? "",
    dimensions: dimensionsOf(Metric?.Dimensions),
    unit: Unit,
    from: Math.floor((range.start - origin) / periodMs) * periodMs + origin,
    to: range.end,
    periodMs,
    origin,
  });
  const series = new Map<number, number>();
  for (const [time, bucket] of buckets) {
    const value = statisticOf(bucket, Stat);
    if (value !== undefined) series.set(time, value);
  }
  return series;
}

const failure = (message: string): ServiceError => new ServiceError("ValidationError", message);
