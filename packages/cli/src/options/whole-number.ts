import { usageError } from "../errors";

/** Reads an option that is a whole number. @throws CliError `usage` that names the option and its range */
export function wholeNumber(option: string, text: string, range: { minimum: number; maximum?: number }): number {
  const value = Number(text);
  const { minimum, maximum = Number.MAX_SAFE_INTEGER } = range;
  if (text.trim() !== "" && Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  const bounds = range.maximum === undefined ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  throw usageError(`${option}: '${text}' is not a whole number ${bounds}`, `for example: ${option} ${minimum}`);
}
