import { fieldPointer, Problem } from "./problem";

const DEEPEST = 32;

const QUOTE = 34;
const COMMA = 44;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * Parses JSON and refuses what `JSON.parse` lets through silently: repeated members (the last would win) and nesting
 * deeper than any request has.
 *
 * @throws {@link Problem} `body_not_json`, `body_duplicate_key` or `body_too_deep`.
 */
export function parseStrictJson(text: string): unknown {
  refuseDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the body, which may hold personal data; the answer names the rule only.
    throw new Problem(
      "body_not_json",
      "The body is not valid JSON. NaN, Infinity, comments and trailing commas are not JSON.",
    );
  }
  refuseRepeated(text);
  return value;
}

function refuseDepth(text: string): void {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfString(text, index);
    else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      depth += 1;
      if (depth > DEEPEST) throw new Problem("body_too_deep", `The body is nested deeper than ${DEEPEST} levels.`);
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth -= 1;
  }
}

/** Walks valid JSON once, keeping the names seen in each open object (undefined stands for an open list). */
function refuseRepeated(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let nameNext = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      const end = endOfString(text, index);
      if (nameNext) addName(open[open.length - 1], text.slice(index, end + 1));
      nameNext = false;
      index = end;
    } else if (code === OPEN_OBJECT) {
      open.push(new Set());
      nameNext = true;
    } else if (code === OPEN_LIST) {
      open.push(undefined);
      nameNext = false;
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      open.pop();
      nameNext = false;
    } else if (code === COMMA) nameNext = open[open.length - 1] !== undefined;
  }
}

function addName(names: Set<string> | undefined, literal: string): void {
  const name = literal.includes("\\") ? String(JSON.parse(literal)) : literal.slice(1, -1);
  if (names?.has(name) === true) {
    const path = fieldPointer(name) || "/";
    const message = `${JSON.stringify(name)} is given more than once. Give each member once.`;
    throw new Problem("body_duplicate_key", message, { errors: [{ code: "body_duplicate_key", path, message }] });
  }
  names?.add(name);
}

/** Index of the quote that ends the string starting at `start`; the last index of an unfinished string. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length - 1;
}
