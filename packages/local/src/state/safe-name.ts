/** Longest file name this module makes, in bytes; file systems allow 255. */
const longestName = 200;
/** Ends the name of a folder whose text goes on in the next path segment; no escaped text ends like this. */
const continuation = "%~";

/** How names are kept apart on the file system at hand. */
export type NameCase = "case-sensitive" | "case-insensitive";

/**
 * Turns any text into a relative path that is safe on every file system, and readable where the text was harmless.
 * `..`, separators and control characters are escaped as `%XX`, so the path never leaves its folder. Long text is
 * continued in sub-folders. {@link textOfName} is the exact inverse.
 *
 * @param text any well-formed text without "/" meaning: "/" itself is escaped
 */
export function nameOfText(text: string, nameCase: NameCase = "case-sensitive"): string {
  if (text === "") return "%";
  const keepUnicode = text.normalize("NFC") === text;
  let escaped = "";
  for (const character of text) {
    escaped += isHarmless(character, nameCase, keepUnicode) ? character : percent(character);
  }
  return Buffer.byteLength(escaped) <= longestName ? noDots(escaped) : split(escaped);
}

/** The text that {@link nameOfText} was given. */
export function textOfName(name: string): string {
  if (name === "%") return "";
  return decodeURIComponent(name.replaceAll(`${continuation}/`, ""));
}

/** True for a folder's name that {@link nameOfText} continues in the folder. */
export const isContinued = (folder: string): boolean => folder.endsWith(continuation);

function isHarmless(character: string, nameCase: NameCase, keepUnicode: boolean): boolean {
  if (/[a-z0-9_.=+,@ ()~!'-]/.test(character)) return true;
  if (/[A-Z]/.test(character)) return nameCase === "case-sensitive";
  // Letters beyond ASCII stay readable where neither case folding nor Unicode normalisation can merge two names.
  return keepUnicode && nameCase === "case-sensitive" && /\p{L}|\p{N}/u.test(character);
}

/** "." and ".." mean folders, everything else is a name. */
const noDots = (part: string): string => (part === "." || part === ".." ? part.replaceAll(".", "%2E") : part);

function percent(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

function split(escaped: string): string {
  const parts: string[] = [];
  let part = "";
  for (const unit of escaped.match(/%[0-9A-F]{2}|[^%]/gu) ?? []) {
    if (Buffer.byteLength(part + unit) > longestName) {
      parts.push(part);
      part = "";
    }
    part += unit;
  }
  return [...parts.map((text) => text + continuation), noDots(part)].join("/");
}
