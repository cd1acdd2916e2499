import type { Delimiter } from "../contract";

/** The separators a file may use, in the order in which a tie is decided. */
const DELIMITERS: readonly Delimiter[] = [",", ";", "\t", "|"];

/**
 * The separator that the first line uses most outside quotes; a comma when it uses none. Empty lines before it are
 * skipped. The Python side decides the same.
 */
export function sniffDelimiter(text: string): Delimiter {
  const counts = new Map<string, number>(DELIMITERS.map((delimiter) => [delimiter, 0]));
  let quoted = false;
  for (const character of text.replace(/^[\r\n]+/, "")) {
    if (character === '"') quoted = !quoted;
    if (quoted) continue;
    if (character === "\n" || character === "\r") break;
    const count = counts.get(character);
    if (count !== undefined) counts.set(character, count + 1);
  }
  const most = Math.max(...counts.values());
  return DELIMITERS.find((delimiter) => counts.get(delimiter) === most) ?? ",";
}

/** Whether a text holds its whole first line that is not blank, so that {@link sniffDelimiter} has all it looks at. */
export function hasFirstLine(text: string): boolean {
  let quoted = false;
  for (let index = text.search(/\S/); index >= 0 && index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "\n" || character === "\r")) return true;
  }
  return false;
}
