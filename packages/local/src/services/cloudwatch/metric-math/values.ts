import { ServiceError } from "../../../errors";

/** A time series: values by the beginning of their period. */
export type Series = ReadonlyMap<number, number>;

/** A value in metric math. */
export type MathValue = number | Series | readonly Series[];

/** What one operator or function does with two numbers; undefined where it has no value. */
export type Act = (a: number, b: number) => number | undefined;

/** Over one series: a number. Over several: a series of what there is at each moment. */
export function reduce(value: MathValue, act: (values: number[]) => number): MathValue {
  if (typeof value === "number") return value;
  if (!Array.isArray(value)) return value instanceof Map && value.size > 0 ? act([...value.values()]) : new Map();
  const moments = new Map<number, number[]>();
  for (const series of value as readonly Series[]) {
    for (const [time, one] of series) moments.set(time, [...(moments.get(time) ?? []), one]);
  }
  return new Map([...moments].map(([time, values]) => [time, act(values)]));
}

/** An operator between two values, moment by moment. */
export function combine(a: MathValue, b: MathValue, act: Act): MathValue {
  if (typeof a === "number" && typeof b === "number") return act(a, b) ?? new Map();
  if (Array.isArray(a) || Array.isArray(b)) {
    const rows = Math.max(Array.isArray(a) ? a.length : 1, Array.isArray(b) ? b.length : 1);
    const at = (value: MathValue, index: number) => (Array.isArray(value) ? value[index] : value) ?? new Map();
    return Array.from({ length: rows }, (_each, index) => seriesOf(combine(at(a, index), at(b, index), act)));
  }
  const times = typeof a === "number" ? seriesOf(b).keys() : seriesOf(a).keys();
  const result = new Map<number, number>();
  for (const time of times) {
    const left = typeof a === "number" ? a : seriesOf(a).get(time);
    const right = typeof b === "number" ? b : seriesOf(b).get(time);
    const value = left === undefined || right === undefined ? undefined : act(left, right);
    if (value !== undefined && Number.isFinite(value)) result.set(time, value);
  }
  return result;
}

/** The same for every number of a value. */
export function each(value: MathValue, act: (one: number) => number): MathValue {
  if (typeof value === "number") return act(value);
  if (Array.isArray(value)) return value.map((series) => seriesOf(each(series, act)));
  return new Map([...(value as Series)].map(([time, one]) => [time, act(one)]));
}

/** What follows from each number of a series and the one before it. */
export function steps(value: MathValue, act: (value: number, before: number, seconds: number) => number): Series {
  const known = inOrder(seriesOf(value));
  return new Map(
    known.slice(1).map(([time, one], index) => {
      const [at, before] = known[index] as [number, number];
      return [time, act(one, before, (time - at) / 1000)];
    }),
  );
}

/** A series as moments and numbers, earliest first. */
export const inOrder = (series: Series): [number, number][] => [...series].sort(([a], [b]) => a - b);

/** The series that a value holds. */
export const listOf = (value: MathValue): readonly Series[] =>
  Array.isArray(value) ? value : typeof value === "number" ? [] : [value as Series];

/** A result as one series. @throws ServiceError when it is a number or several */
export function seriesOf(value: MathValue): Series {
  if (value instanceof Map) return value;
  if (Array.isArray(value) && value.length === 1) return value[0] as Series;
  throw failure("The expression must give one time series here.");
}

/** What CloudWatch says of an expression that it refuses. */
export const failure = (message: string): ServiceError => new ServiceError("ValidationError", message);
