import type { Dimension, MetricDatum } from "@aws-sdk/client-cloudwatch";
import { ServiceError } from "../../../errors";
import type { MetricAddition } from "./metric-store";
import { addStatistics, addValue, emptyBucket } from "./statistics";

/** Dimensions as a record. @throws ServiceError InvalidParameterValueException */
export function dimensionsOf(dimensions: readonly Dimension[] | undefined): Record<string, string> {
  const list = dimensions ?? [];
  if (list.length > 30) throw invalid(`The collection Dimensions must not have a size greater than 30.`);
  for (const { Name, Value } of list) {
    if (!Name) throw invalid("The parameter Dimensions.member.Name must not be empty.");
    if (!Value) throw invalid(`The value of the dimension ${Name} must not be empty.`);
  }
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
}

/** @throws ServiceError InvalidParameterValueException for a period that CloudWatch refuses */
export function checkPeriod(period: number | undefined): number {
  if (period !== undefined && ([1, 5, 10, 20, 30].includes(period) || (period > 0 && period % 60 === 0))) return period;
  throw invalid(`The value ${period} for parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.`);
}

const daysBack = 14;
const hoursAhead = 2;
const hourMs = 3_600_000;
const largest = 2 ** 360;

/** Reads one member of PutMetricData. @throws ServiceError in CloudWatch's codes */
export function additionOf(datum: MetricDatum, namespace: string, now: number, index: number): MetricAddition {
  const where = `MetricData.member.${index + 1}`;
  const time = datum.Timestamp?.getTime() ?? now;
  if (time < now - daysBack * 24 * hourMs || time > now + hoursAhead * hourMs) {
    throw invalid(
      `The value ${new Date(time).toISOString()} for parameter ${where}.Timestamp must be at most two weeks in the past and two hours in the future.`,
    );
  }
  if (![undefined, 1, 60].includes(datum.StorageResolution)) {
    throw invalid(`The value ${datum.StorageResolution} for parameter ${where}.StorageResolution must be 1 or 60.`);
  }
  return {
    namespace,
    name: datum.MetricName ?? "",
    dimensions: dimensionsOf(datum.Dimensions),
    unit: datum.Unit ?? "None",
    time,
    highResolution: datum.StorageResolution === 1,
    bucket: bucketOf(datum, where),
  };
}

function bucketOf(datum: MetricDatum, where: string) {
  const bucket = emptyBucket();
  const given = [datum.Value, datum.Values, datum.StatisticValues].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw new ServiceError(
      given.length === 0 ? "MissingRequiredParameterException" : "InvalidParameterCombinationException",
      given.length === 0
        ? `At least one of the parameters ${where}.Value, ${where}.Values or ${where}.StatisticValues must be specified.`
        : `The parameters ${where}.Value, ${where}.Values and ${where}.StatisticValues are mutually exclusive and you have specified more than one.`,
    );
  }
  const check = (value: number | undefined, name: string): number => {
    if (value !== undefined && Number.isFinite(value) && Math.abs(value) <= largest) return value;
    throw invalid(`The value ${value} for parameter ${where}.${name} is invalid.`);
  };
  if (datum.Value !== undefined) addValue(bucket, check(datum.Value, "Value"));
  const counts = datum.Counts ?? [];
  if (datum.Values && datum.Counts && datum.Values.length !== counts.length) {
    throw invalid(`The parameters ${where}.Values and ${where}.Counts must be of the same size.`);
  }
  if ((datum.Values ?? []).length > 150)
    throw invalid(`The collection ${where}.Values must not have more than 150 members.`);
  for (const [index, value] of (datum.Values ?? []).entries()) {
    addValue(bucket, check(value, "Values"), check(counts[index] ?? 1, "Counts"));
  }
  if (datum.StatisticValues) {
    const { SampleCount, Sum, Minimum, Maximum } = datum.StatisticValues;
    const min = check(Minimum, "StatisticValues.Minimum");
    const max = check(Maximum, "StatisticValues.Maximum");
    const count = check(SampleCount, "StatisticValues.SampleCount");
    if (min > max || count <= 0) throw invalid(`The parameter ${where}.StatisticValues is inconsistent.`);
    const sum = check(Sum, "StatisticValues.Sum");
    // A set of one value is that value, and percentiles stay possible.
    if (count === 1) addValue(bucket, sum);
    else addStatistics(bucket, { count, sum, min, max });
  }
  return bucket;
}

/** A refused value. */
export const invalid = (message: string): ServiceError => new ServiceError("InvalidParameterValueException", message);
