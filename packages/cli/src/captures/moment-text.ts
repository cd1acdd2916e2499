import { usageError } from "../errors";

const FORM = /^\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d(\.\d{1,3})?)?)?)?)?)?$/;

/**
 * Reads a moment in UTC or any beginning of one, as `2026-01`, `2026-01-02T03:04` or `2026/01/02/03`, into the form of
 * `inferenceTime`.
 *
 * @throws CliError `usage` when it is none
 */
export function momentText(option: string, text: string): string {
  const [date = "", month, day, hour] = text.split("/");
  const dashed =
    [date, month, day].filter((part) => part !== undefined).join("-") + (hour === undefined ? "" : `T${hour}`);
  const plain = dashed.replace(/Z$/, "").replace(" ", "T");
  if (FORM.test(plain)) return plain;
  throw usageError(
    `${option}: '${text}' is no moment`,
    `for example: ${option} 2026-01-02T03:04 (UTC), or 2026-01 for a month`,
  );
}
