/** How a moment is written: the service model's `timestampFormat`. */
export type TimestampFormat = "date-time" | "http-date" | "epoch-seconds";

const formats: Record<number, TimestampFormat> = { 5: "date-time", 6: "http-date", 7: "epoch-seconds" };

/**
 * The format of a timestamp shape.
 * @param schema the shape's number (4: the place decides)
 * @param place the default of the place where it stands
 */
export const timestampFormat = (schema: unknown, place: TimestampFormat): TimestampFormat =>
  formats[schema as number] ?? place;

/** A moment as text or, for seconds in JSON, as a number with milliseconds. */
export function writeTimestamp(value: Date, format: TimestampFormat): string | number {
  if (format === "epoch-seconds") return value.getTime() / 1000;
  if (format === "http-date") return value.toUTCString();
  return value.toISOString();
}

/** Undefined when the value is no moment in any of the three formats; clients are not all strict about which. */
export function readTimestamp(value: unknown): Date | undefined {
  if (value instanceof Date) return value;
  if (typeof value === "number") return valid(new Date(Math.round(value * 1000)));
  if (typeof value !== "string" || value === "") return undefined;
  if (/^-?\d+(\.\d+)?(e\d+)?$/i.test(value)) return valid(new Date(Math.round(Number(value) * 1000)));
  return valid(new Date(value));
}

const valid = (date: Date): Date | undefined => (Number.isNaN(date.getTime()) ? undefined : date);
