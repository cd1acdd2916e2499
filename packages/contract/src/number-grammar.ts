/**
 * The number grammar of every contract, as a pattern: optional sign, digits with optional fraction, optional exponent.
 * No thousands separators, hexadecimals, `Infinity` or `NaN`.
 */
export const NUMBER_PATTERN = "^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$";

const GRAMMAR = new RegExp(NUMBER_PATTERN);

/**
 * Reads a trimmed field as a float64.
 *
 * @returns the number, or `undefined` when the text is outside the grammar or its value is not finite (`1e400`).
 */
export function parseNumber(text: string): number | undefined {
  if (!GRAMMAR.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
