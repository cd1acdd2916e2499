const form = /^P?(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;
const day = 86_400_000;
const unitsMs = [365 * day, 30 * day, 7 * day, day, 3_600_000, 60_000, 1000];

/**
 * Reads an `ExpireAfter`: ISO 8601 durations, and the shorter forms of the developer guide (`30d`, `5y`, `T16m`, `30dT5h`, `p30d`).
 * A year counts 365 days and a month 30.
 * @returns milliseconds, or undefined when the text is no duration
 */
export function parseDuration(text: string): number | undefined {
  const match = form.exec(text.trim());
  const parts = match?.slice(1);
  if (!parts?.some((part) => part !== undefined)) return undefined;
  return parts.reduce((sum, part, unit) => sum + Number(part ?? 0) * (unitsMs[unit] ?? 0), 0);
}
