/**
 * Removes white space from both ends of a field: the six ASCII white-space characters and the no-break space, nothing
 * else, so that Python and TypeScript trim the same (`String.prototype.trim` and `str.strip` differ on U+FEFF and U+001C).
 * Most fields have none, and then nothing is copied.
 */
export function trimField(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 160;
}

const SHOWN = 60;

/** A received value as it appears in a message: JSON, at most 60 characters, control characters escaped. */
export function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, SHOWN + 1)) : safeJson(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** Names in a sentence, long ones shortened: `"a", "b" and 3 more`. */
export function listed(names: readonly string[], most = 6): string {
  const quoted = names.slice(0, most).map(shown);
  if (names.length > most) return `${quoted.join(", ")} and ${names.length - most} more`;
  const last = quoted.pop();
  return quoted.length === 0 ? (last ?? "none") : `${quoted.join(", ")} and ${last}`;
}

function safeJson(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(value);
}
