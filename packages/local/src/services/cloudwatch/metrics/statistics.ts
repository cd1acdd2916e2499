import { ServiceError } from "../../../errors";

/** Values of a metric over a stretch of time, as CloudWatch keeps them: a statistic set, and the values for percentiles. */
export interface Bucket {
  count: number;
  sum: number;
  min: number;
  max: number;
  /** How often each value came; missing values (from statistic sets) are not in it. */
  values: Map<number, number>;
}

/** A bucket without values. */
export const emptyBucket = (): Bucket => ({
  count: 0,
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  values: new Map(),
});

/** Beyond this many distinct values a bucket keeps them to three significant digits; count, sum and extremes stay exact. */
const mostValues = 1000;

/** Adds a value that came `count` times. */
export function addValue(bucket: Bucket, value: number, count = 1): void {
  bucket.count += count;
  bucket.sum += value * count;
  bucket.min = Math.min(bucket.min, value);
  bucket.max = Math.max(bucket.max, value);
  bucket.values.set(value, (bucket.values.get(value) ?? 0) + count);
  if (bucket.values.size > mostValues) bucket.values = coarse(bucket.values);
}

/** Adds a statistic set whose single values are not known. */
export function addStatistics(bucket: Bucket, set: Omit<Bucket, "values">): void {
  bucket.count += set.count;
  bucket.sum += set.sum;
  bucket.min = Math.min(bucket.min, set.min);
  bucket.max = Math.max(bucket.max, set.max);
}

/** Adds all of another bucket. */
export function mergeBucket(target: Bucket, source: Bucket): void {
  addStatistics(target, source);
  for (const [value, count] of source.values) target.values.set(value, (target.values.get(value) ?? 0) + count);
  if (target.values.size > mostValues) target.values = coarse(target.values);
}

function coarse(values: Map<number, number>): Map<number, number> {
  const result = new Map<number, number>();
  for (const [value, count] of values) {
    const key = Number(value.toPrecision(3));
    result.set(key, (result.get(key) ?? 0) + count);
  }
  return result;
}

/**
 * A statistic of a bucket; undefined where it has none (a percentile of statistic sets that hold more than one value).
 *
 * @param name `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p99.9`
 * @throws ServiceError InvalidParameterValueException for what is not emulated
 */
export function statisticOf(bucket: Bucket, name: string): number | undefined {
  switch (name) {
    case "SampleCount":
      return bucket.count;
    case "Sum":
      return bucket.sum;
    case "Average":
      return bucket.count === 0 ? undefined : bucket.sum / bucket.count;
    case "Minimum":
      return bucket.min;
    case "Maximum":
      return bucket.max;
    default:
      return percentile(bucket, percentOf(name));
  }
}

/** @throws ServiceError InvalidParameterValueException */
export function checkStatistic(name: string): void {
  if (!["SampleCount", "Sum", "Average", "Minimum", "Maximum"].includes(name)) percentOf(name);
}

function percentOf(name: string): number {
  const percent = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name)?.[1];
  if (percent !== undefined) return Number(percent);
  const known = /^(tm|wm|tc|ts|pr|iqm)/i.test(name);
  throw new ServiceError(
    "InvalidParameterValueException",
    known
      ? `The statistic ${name} is not emulated by Sagewright's embedded cloud. Use SampleCount, Average, Sum, Minimum, Maximum or a percentile (p95).`
      : `The value ${name} for parameter Stat is not supported.`,
  );
}

/** Linear between neighbours, as numpy's default: for one value that value, for p0 and p100 the extremes. */
function percentile({ values, count, min, max }: Bucket, percent: number): number | undefined {
  const total = [...values.values()].reduce((sum, each) => sum + each, 0);
  // Of a statistic set with one value, or equal extremes, every percentile is known.
  if (total !== count) return min === max ? min : undefined;
  const sorted = [...values].sort(([a], [b]) => a - b);
  const at = (rank: number): number => {
    let seen = 0;
    for (const [value, times] of sorted) {
      seen += times;
      if (rank < seen) return value;
    }
    return max;
  };
  const position = (percent / 100) * (total - 1);
  const lower = at(Math.floor(position));
  return lower + (at(Math.ceil(position)) - lower) * (position - Math.floor(position));
}
