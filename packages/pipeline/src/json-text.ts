import type { Json } from "./definition";

/** How a JSON text was written, as far as values do not say it. */
export interface JsonStyle {
  /** Spaces of each level; 0 for one line. */
  readonly indent: number;
  /** Between members of a one-line text. */
  readonly comma: string;
  readonly colon: string;
  /** Whether characters beyond ASCII are written as escapes. */
  readonly ascii: boolean;
  /** What follows the last bracket. */
  readonly end: string;
}

/** How this package writes. */
const ownStyle: JsonStyle = { indent: 2, comma: ",", colon: ": ", ascii: false, end: "\n" };

/** The spelling of numbers that JavaScript would write differently (`6.0`, `1e3`), by the list or object that holds them. */
const spellings = new WeakMap<object, Map<string, string>>();
const styles = new WeakMap<object, JsonStyle>();

/**
 * Reads JSON and remembers how it was written, so that `writeJson` gives the same text back. What matters most is `1.0`:
 * the service tells floats from integers, JavaScript does not.
 * @throws {SyntaxError} when the text is not JSON.
 */
export function readJson(text: string): Json {
  const value = JSON.parse(text) as Json;
  if (typeof value !== "object" || value === null) return value;
  styles.set(value, styleOf(text));
  rememberNumbers(text, value);
  return value;
}

/** Writes JSON as it was read; values that were not read are written in this package's style. */
export function writeJson(value: Json): string {
  const style = (typeof value === "object" && value !== null && styles.get(value)) || ownStyle;
  return write(value, style, "") + style.end;
}

function styleOf(text: string): JsonStyle {
  const indent = /^\s*[{[]\n( +)/.exec(text)?.[1]?.length ?? 0;
  return {
    indent,
    comma: /[^\\]", "/.test(text) || /[\]}0-9], ["{]/.test(text) ? ", " : ",",
    colon: /": /.test(text) ? ": " : ":",
    ascii: !/[^\0-\x7f]/.test(text),
    end: /\s*$/.exec(text)?.[0] ?? "",
  };
}

function write(value: Json, style: JsonStyle, margin: string): string {
  if (typeof value === "string") return quote(value, style);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const spelt = spellings.get(value);
  const inner = margin + " ".repeat(style.indent);
  const one = (key: string, item: Json) => {
    const spelling = spelt?.get(key);
    return spelling !== undefined && Number(spelling) === item ? spelling : write(item, style, inner);
  };
  const parts = Array.isArray(value)
    ? value.map((item, index) => one(String(index), item))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${quote(key, style)}${style.colon}${one(key, item)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (parts.length === 0) return `${open}${close}`;
  if (style.indent === 0) return `${open}${parts.join(style.comma)}${close}`;
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${margin}${close}`;
}

function quote(text: string, { ascii }: JsonStyle): string {
  const quoted = JSON.stringify(text);
  if (!ascii) return quoted;
  return quoted.replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const token = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\],:]/g;

interface Level {
  readonly holder: object;
  index: number;
  key: string | undefined;
}

/** Walks the text beside its value and notes numbers with a spelling of their own. */
function rememberNumbers(text: string, root: object): void {
  const stack: Level[] = [];
  for (const [word] of text.matchAll(token)) {
    const top = stack.at(-1);
    const key = top && (Array.isArray(top.holder) ? String(top.index) : top.key);
    if (word === "{" || word === "[") {
      stack.push({ holder: top && key !== undefined ? heldBy(top.holder, key) : root, index: 0, key: undefined });
    } else if (word === "}" || word === "]") {
      stack.pop();
    } else if (word === "," && top) {
      top.index += 1;
      top.key = undefined;
    } else if (word.startsWith('"') && top && !Array.isArray(top.holder) && top.key === undefined) {
      top.key = JSON.parse(word) as string;
    } else if (top && key !== undefined && /^[-\d]/.test(word) && String(Number(word)) !== word) {
      const known = spellings.get(top.holder) ?? new Map<string, string>();
      spellings.set(top.holder, known.set(key, word));
    }
  }
}

/** The container at a key. Where a text has a key twice, the value has only the last one: the other goes nowhere. */
function heldBy(holder: object, key: string): object {
  const held: unknown = Object.hasOwn(holder, key) ? (holder as Record<string, unknown>)[key] : undefined;
  return typeof held === "object" && held !== null ? held : {};
}
