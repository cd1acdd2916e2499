/**
 * Python's view of a JSON text: what `json.loads` gives, and what `str`, `repr` and `json.dumps` make of it. The
 * training toolkit puts hyperparameters through all of these before a script sees them.
 */
export type PythonValue =
  | null
  | boolean
  | string
  | { int: bigint }
  | { float: number }
  | { list: PythonValue[] }
  | { dict: Map<string, PythonValue> };

/** Python's `json.loads`; undefined where it raises. */
export function loads(text: string): PythonValue | undefined {
  try {
    const reader = new Reader(text);
    const value = reader.value();
    return reader.atEnd() ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A plain JSON-like value as a Python value; whole numbers become int. */
export function fromJson(value: unknown): PythonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isInteger(value) ? { int: BigInt(value) } : { float: value };
  if (Array.isArray(value)) return { list: value.map(fromJson) };
  return { dict: new Map(Object.entries(value).map(([key, member]) => [key, fromJson(member)])) };
}

/** Python's `json.dumps(value, sort_keys=True, separators=(",", ":"))`. */
export function dumps(value: PythonValue): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return asciiJson(value);
  if ("int" in value) return value.int.toString();
  if ("float" in value) return jsonFloat(value.float);
  if ("list" in value) return `[${value.list.map(dumps).join(",")}]`;
  const keys = [...value.dict.keys()].sort(byCodePoint);
  return `{${keys.map((key) => `${asciiJson(key)}:${dumps(value.dict.get(key) as PythonValue)}`).join(",")}}`;
}

/** Python's `str(value)`. */
export const str = (value: PythonValue): string => (typeof value === "string" ? value : repr(value));

/** Python's `repr(value)`. */
export function repr(value: PythonValue): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return textRepr(value);
  if ("int" in value) return value.int.toString();
  if ("float" in value) return floatRepr(value.float);
  if ("list" in value) return `[${value.list.map(repr).join(", ")}]`;
  return `{${[...value.dict].map(([key, member]) => `${textRepr(key)}: ${repr(member)}`).join(", ")}}`;
}

/** Order of Python's `sorted` for texts: by code point, where JavaScript's own order is by UTF-16 unit. */
export function byCodePoint(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  // Both languages print the shortest digits that read back; they differ in where exponents begin and how they look.
  const [mantissa = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const plain = String(value);
  return Number.isInteger(value)
    ? `${plain}.0`
    : plain.includes("e")
      ? value.toFixed(-exponent + digitsAfter(mantissa))
      : plain;
}

const digitsAfter = (mantissa: string): number => mantissa.split(".")[1]?.length ?? 0;

function jsonFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return floatRepr(value);
}

function asciiJson(text: string): string {
  const escaped = JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) =>
    unit === "\u007f" ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped;
}

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

function textRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let result = quote;
  for (const character of text) {
    if (character === quote || character === "\\") result += `\\${character}`;
    else if (character === "\n") result += "\\n";
    else if (character === "\r") result += "\\r";
    else if (character === "\t") result += "\\t";
    else if (unprintable.test(character)) result += escapedCodePoint(character.codePointAt(0) ?? 0);
    else result += character;
  }
  return result + quote;
}

function escapedCodePoint(code: number): string {
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}

/** Reads JSON as Python's decoder does: ints stay exact, `NaN` and `Infinity` are numbers. */
class Reader {
  #at = 0;
  constructor(private readonly text: string) {}

  atEnd(): boolean {
    this.#space();
    return this.#at === this.text.length;
  }

  value(): PythonValue {
    this.#space();
    const first = this.text[this.#at];
    if (first === "{") return this.#dict();
    if (first === "[") return this.#list();
    if (first === '"') return this.#string();
    for (const [word, value] of words) {
      if (this.text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #space(): void {
    while (" \t\n\r".includes(this.text[this.#at] ?? "x")) this.#at++;
  }

  #take(character: string): boolean {
    this.#space();
    if (this.text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw new SyntaxError(`no ${character} at ${this.#at}`);
  }

  #dict(): PythonValue {
    const dict = new Map<string, PythonValue>();
    this.#expect("{");
    if (this.#take("}")) return { dict };
    do {
      this.#space();
      const key = this.#string();
      this.#expect(":");
      dict.set(key, this.value());
    } while (this.#take(","));
    this.#expect("}");
    return { dict };
  }

  #list(): PythonValue {
    const list: PythonValue[] = [];
    this.#expect("[");
    if (this.#take("]")) return { list };
    do list.push(this.value());
    while (this.#take(","));
    this.#expect("]");
    return { list };
  }

  #string(): string {
    const match = /"(?:[^"\\]|\\.)*"/sy;
    match.lastIndex = this.#at;
    const found = match.exec(this.text);
    if (!found) throw new SyntaxError(`no text at ${this.#at}`);
    this.#at += found[0].length;
    return JSON.parse(found[0]) as string;
  }

  #number(): PythonValue {
    const match = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
    match.lastIndex = this.#at;
    const found = match.exec(this.text);
    if (!found) throw new SyntaxError(`no value at ${this.#at}`);
    this.#at += found[0].length;
    return found[1] === undefined && found[2] === undefined ? { int: BigInt(found[0]) } : { float: Number(found[0]) };
  }
}

const words: [string, PythonValue][] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", { float: Number.NaN }],
  ["Infinity", { float: Number.POSITIVE_INFINITY }],
  ["-Infinity", { float: Number.NEGATIVE_INFINITY }],
];
