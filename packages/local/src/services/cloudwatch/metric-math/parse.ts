import { callOf, type Evaluate } from "./functions";
import { type Act, combine, each, failure } from "./values";

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
