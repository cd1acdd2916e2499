const compiled = new Map<string, RegExp>();

/**
 * Whether a text matches a pattern of the service model as a whole. The model's patterns are Java's: they always cover
 * the whole text, and know a few classes that JavaScript spells differently.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let regex = compiled.get(pattern);
  if (regex === undefined) {
    regex = toRegExp(pattern);
    compiled.set(pattern, regex);
  }
  return regex.test(text);
}

/** The JavaScript form of a pattern. */
export function toRegExp(pattern: string): RegExp {
  const translated = pattern.replaceAll("\\p{Alnum}", "a-zA-Z0-9");
  // Only the u flag knows \p{L}; it also refuses escapes that the model uses freely, so it is for those patterns alone.
  return new RegExp(`^(?:${translated})$`, /\\[pu]/.test(translated) ? "u" : "");
}
