/** Names that the generated file gives to parameters and steps. */
export interface Scope {
  readonly parameters: ReadonlyMap<string, string>;
  readonly steps: ReadonlyMap<string, string>;
  /** The code for an object that is an expression with a word of its own. */
  expression(value: object, scope: Scope): string | undefined;
}

const WIDTH = 100;

/**
 * A JSON value as TypeScript, expressions in it as code.
 *
 * @param typed - the place wants a value of a type: expressions without a word of their own are wrapped
 */
export function code(value: unknown, scope: Scope, typed: boolean | string = false): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const known = Array.isArray(value) ? undefined : scope.expression(value, scope);
  if (known !== undefined) return known;
  if (typed !== false) return `value<${typed === true ? "string" : typed}>(${literal(value)})`;
  return brackets(value, (inner) => code(inner, scope));
}

/** A JSON value as TypeScript. */
export function literal(value: unknown): string {
  return typeof value === "object" && value !== null ? brackets(value, literal) : JSON.stringify(value);
}

function brackets(value: object, write: (inner: unknown) => string): string {
  const list = Array.isArray(value);
  const parts = list
    ? value.map(write)
    : Object.entries(value).map(
        ([key, inner]) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)}: ${write(inner)}`,
      );
  const [open, close] = list ? "[]" : "{}";
  if (parts.length === 0) return `${open}${close}`;
  const line = list ? `[${parts.join(", ")}]` : `{ ${parts.join(", ")} }`;
  if (line.length <= WIDTH && !line.includes("\n")) return line;
  const lines = parts.flatMap((part) => `${part},`.split("\n"));
  return [open, ...lines.map((each) => `  ${each}`), close].join("\n");
}

const reserved =
  /^(break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|import|in|instanceof|new|null|return|super|switch|this|throw|true|try|typeof|var|void|while|with|yield|let|static|await|async|implements|interface|package|private|protected|public|equals|greaterThan|greaterThanOrEqual|isIn|lessThan|lessThanOrEqual)$/;

/** A variable's name for a step or parameter: `TrainModel` and `train-model` become `trainModel`. */
export function identifierFor(name: string, taken: Set<string>): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const joined = words
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
  const small = joined.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (start) => start.toLowerCase());
  const start = /^[a-z]/i.test(small) ? small : `step${small}`;
  for (let count = 1; ; count += 1) {
    const wanted = count === 1 ? start : `${start}${count}`;
    if (taken.has(wanted) || reserved.test(wanted)) continue;
    taken.add(wanted);
    return wanted;
  }
}
