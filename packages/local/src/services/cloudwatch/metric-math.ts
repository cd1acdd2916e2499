import { ServiceError } from "../../errors";

/** A time series: values by the beginning of their period. */
export type Series = ReadonlyMap<number, number>;

/** A value in metric math. */
export type MathValue = number | Series | readonly Series[];

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

type Evaluate = (context: MathContext) => MathValue;

/**
 * Parses a metric math expression: arithmetic, comparison, and the functions ABS, AVG, CEIL, DIFF, FILL, FLOOR, IF, MAX,
 * METRICS, METRIC_COUNT, MIN, PERIOD, RATE, RUNNING_SUM, SUM, TIME_SERIES.
 *
 * @throws ServiceError ValidationError; what CloudWatch has beside that is refused by name
 */
export function parseMath(source: string): Evaluate {
  const tokens = tokenize(source);
  let index = 0;
  const peek = () => tokens[index];
  const take = (expected?: string): string => {
    const token = tokens[index];
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw failure(`Error in expression '${source}': ${expected ?? "a value"} expected at ${token ?? "its end"}`);
    }
    index += 1;
    return token;
  };
  const binary = (operators: readonly string[], next: () => Evaluate): Evaluate => {
    let left = next();
    for (let operator = peek(); operator !== undefined && operators.includes(operator); operator = peek()) {
      take();
      const [a, b, act] = [left, next(), arithmetic[operator] as Act];
      left = (context) => combine(a(context), b(context), act);
    }
    return left;
  };
  const either = (): Evaluate => binary(["||"], () => binary(["&&"], compared));
  const compared = (): Evaluate => binary(["<", ">", "<=", ">=", "==", "!="], sum);
  const sum = (): Evaluate => binary(["+", "-"], product);
  const product = (): Evaluate => binary(["*", "/"], power);
  const power = (): Evaluate => {
    const base = unary();
    if (peek() !== "^") return base;
    take();
    const exponent = power();
    return (context) => combine(base(context), exponent(context), arithmetic["^"] as Act);
  };
  const unary = (): Evaluate => {
    if (peek() !== "-") return primary();
    take();
    const value = unary();
    return (context) => each(value(context), (one) => -one);
  };
  const primary = (): Evaluate => {
    const token = take();
    if (token === "(") {
      const inner = either();
      take(")");
      return inner;
    }
    if (/^[\d.]/.test(token)) return () => Number(token);
    if (token.startsWith('"') || token.startsWith("'")) return () => failText(source, token);
    if (peek() === "(") return call(token);
    if (/^[a-z]\w*$/.test(token)) return (context) => context.value(token);
    throw failure(`Error in expression '${source}': unexpected '${token}'`);
  };
  const call = (name: string): Evaluate => {
    take("(");
    const raw: string[] = [];
    const parts: Evaluate[] = [];
    while (peek() !== ")") {
      const token = peek() ?? "";
      raw.push(token);
      const following = tokens[index + 1];
      const isWord =
        /^["']/.test(token) || (/^(REPEAT|LINEAR)$/.test(token) && (following === ")" || following === ","));
      if (isWord) {
        take();
        parts.push(() => Number.NaN);
      } else parts.push(either());
      if (peek() !== ")") take(",");
    }
    take(")");
    return callOf(name, parts, raw, source);
  };
  const result = either();
  if (index < tokens.length) throw failure(`Error in expression '${source}': unexpected '${peek()}'`);
  return result;
}

type Act = (a: number, b: number) => number | undefined;

const arithmetic: Record<string, Act> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? undefined : a / b),
  "^": (a, b) => a ** b,
  "<": (a, b) => Number(a < b),
  ">": (a, b) => Number(a > b),
  "<=": (a, b) => Number(a <= b),
  ">=": (a, b) => Number(a >= b),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  "&&": (a, b) => Number(a !== 0 && b !== 0),
  "||": (a, b) => Number(a !== 0 || b !== 0),
};

function callOf(name: string, parts: readonly Evaluate[], raw: readonly string[], source: string): Evaluate {
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

/** Over one series: a number. Over several: a series of what there is at each moment. */
function reduce(value: MathValue, act: (values: number[]) => number): MathValue {
  if (typeof value === "number") return value;
  if (!Array.isArray(value)) return value instanceof Map && value.size > 0 ? act([...value.values()]) : new Map();
  const moments = new Map<number, number[]>();
  for (const series of value as readonly Series[]) {
    for (const [time, one] of series) moments.set(time, [...(moments.get(time) ?? []), one]);
  }
  return new Map([...moments].map(([time, values]) => [time, act(values)]));
}

function combine(a: MathValue, b: MathValue, act: Act): MathValue {
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

function each(value: MathValue, act: (one: number) => number): MathValue {
  if (typeof value === "number") return act(value);
  if (Array.isArray(value)) return value.map((series) => seriesOf(each(series, act)));
  return new Map([...(value as Series)].map(([time, one]) => [time, act(one)]));
}

function steps(value: MathValue, act: (value: number, before: number, seconds: number) => number): Series {
  const known = inOrder(seriesOf(value));
  return new Map(
    known.slice(1).map(([time, one], index) => {
      const [at, before] = known[index] as [number, number];
      return [time, act(one, before, (time - at) / 1000)];
    }),
  );
}

const inOrder = (series: Series): [number, number][] => [...series].sort(([a], [b]) => a - b);

const listOf = (value: MathValue): readonly Series[] =>
  Array.isArray(value) ? value : typeof value === "number" ? [] : [value as Series];

/** A result as one series. @throws ServiceError when it is a number or several */
function seriesOf(value: MathValue): Series {
  if (value instanceof Map) return value;
  if (Array.isArray(value) && value.length === 1) return value[0] as Series;
  throw failure("The expression must give one time series here.");
}

function failText(source: string, token: string): never {
  throw failure(`Error in expression '${source}': ${token} is not expected here`);
}

function tokenize(source: string): string[] {
  const tokens: string[] = [];
  const pattern =
    /\s*(?:([A-Za-z_]\w*|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|<=|>=|==|!=|&&|\|\||"[^"]*"|'[^']*'|[-+*/^(),<>]))/y;
  const text = source.trimEnd();
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw failure(`Error in expression '${source}': unexpected '${text.slice(start).trim().charAt(0)}'`);
    tokens.push(match[1] as string);
  }
  return tokens;
}

const failure = (message: string): ServiceError => new ServiceError("ValidationError", message);
