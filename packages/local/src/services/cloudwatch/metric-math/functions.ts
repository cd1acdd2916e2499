import { each, failure, inOrder, listOf, type MathValue, reduce, type Series, seriesOf, steps } from "./values";

/** What an expression is evaluated with. */
export interface MathContext {
  /** A query's result by its id. @throws ServiceError for an unknown id */
  value(id: string): MathValue;
  /** All metrics (not expressions) of the request, whose id contains the text. */
  metrics(text: string | undefined): readonly Series[];
  /** Beginnings of all periods of the request. */
  readonly periods: readonly number[];
  readonly periodSeconds: number;
}

/** An expression that was read. */
export type Evaluate = (context: MathContext) => MathValue;

/**
 * A call of a function.
 *
 * @param raw - the first words of its arguments, as they were written
 * @throws ServiceError ValidationError for a function that is not here, by name
 */
export function callOf(name: string, parts: readonly Evaluate[], raw: readonly string[], source: string): Evaluate {
  const first = (context: MathContext): MathValue => {
    const part = parts[0];
    if (!part) throw failure(`Error in expression '${source}': ${name} needs an argument`);
    return part(context);
  };
  switch (name) {
    case "METRICS":
      return (context) => context.metrics(raw[0]?.slice(1, -1));
    case "SUM":
      return (context) => reduce(first(context), (all) => all.reduce((a, b) => a + b, 0));
    case "AVG":
      return (context) => reduce(first(context), (all) => all.reduce((a, b) => a + b, 0) / all.length);
    case "MIN":
      return (context) => reduce(first(context), (all) => Math.min(...all));
    case "MAX":
      return (context) => reduce(first(context), (all) => Math.max(...all));
    case "METRIC_COUNT":
      return (context) => listOf(first(context)).length;
    case "ABS":
      return (context) => each(first(context), Math.abs);
    case "CEIL":
      return (context) => each(first(context), Math.ceil);
    case "FLOOR":
      return (context) => each(first(context), Math.floor);
    case "PERIOD":
      return ({ periodSeconds }) => periodSeconds;
    case "TIME_SERIES":
      return (context) => {
        const value = first(context);
        return typeof value === "number" ? new Map(context.periods.map((time) => [time, value])) : value;
      };
    case "DIFF":
      return (context) => steps(first(context), (value, before) => value - before);
    case "RATE":
      return (context) => steps(first(context), (value, before, seconds) => (value - before) / seconds);
    case "RUNNING_SUM":
      return (context) => {
        let total = 0;
        return new Map(
          inOrder(seriesOf(first(context))).map(([time, value]) => {
            total += value;
            return [time, total];
          }),
        );
      };
    case "IF":
      return (context) => choose(context, parts);
    case "FILL":
      return (context) => {
        const value = first(context);
        const filled = listOf(value).map((series) => fill(series, context, raw[1] ?? "", parts[1]));
        return Array.isArray(value) ? filled : (filled[0] as Series);
      };
    default:
      throw failure(
        `The function ${name} of metric math is not emulated by Sagewright's embedded cloud: ${source}. It has ABS, AVG, CEIL, DIFF, FILL, FLOOR, IF, MAX, METRICS, METRIC_COUNT, MIN, PERIOD, RATE, RUNNING_SUM, SUM and TIME_SERIES.`,
      );
  }
}

function fill(series: Series, context: MathContext, how: string, part: Evaluate | undefined): Series {
  const result = new Map<number, number>();
  const known = inOrder(series);
  const constant = how === "REPEAT" || how === "LINEAR" || !part ? undefined : part(context);
  for (const time of context.periods) {
    const own = series.get(time);
    const before = known.filter(([at]) => at < time).at(-1);
    const after = known.find(([at]) => at > time);
    let value = own;
    if (value === undefined && how === "REPEAT") value = before?.[1];
    else if (value === undefined && how === "LINEAR" && before && after) {
      value = before[1] + ((after[1] - before[1]) * (time - before[0])) / (after[0] - before[0]);
    } else if (value === undefined && constant !== undefined) {
      value = typeof constant === "number" ? constant : seriesOf(constant).get(time);
    }
    if (value !== undefined) result.set(time, value);
  }
  return result;
}

function choose(context: MathContext, parts: readonly Evaluate[]): MathValue {
  const [condition, yes, no] = parts.map((part) => part(context));
  if (typeof condition === "number") return (condition !== 0 ? yes : no) ?? new Map();
  const result = new Map<number, number>();
  for (const [time, value] of seriesOf(condition ?? new Map())) {
    const chosen = value !== 0 ? yes : no;
    const one = typeof chosen === "number" ? chosen : chosen && seriesOf(chosen).get(time);
    if (one !== undefined) result.set(time, one);
  }
  return result;
}
