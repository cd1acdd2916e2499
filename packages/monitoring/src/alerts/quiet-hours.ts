import type { Alerts } from "./config";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** Until when it is quiet; undefined when it is not. Clocks that are put forward or back are followed minute by minute. */
export function quietUntil(hours: Alerts["quietHours"], now: Date): Date | undefined {
  if (hours === undefined || !isQuiet(hours, now)) return undefined;
  const start = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  for (let minutes = 1; minutes <= DAY_MINUTES + 120; minutes += 1) {
    const then = new Date(start + minutes * MINUTE_MS);
    if (!isQuiet(hours, then)) return then;
  }
  // From equals to: it is quiet all day, and tomorrow is asked again.
  return new Date(start + DAY_MINUTES * MINUTE_MS);
}

function isQuiet({ from, to, timezone }: NonNullable<Alerts["quietHours"]>, at: Date): boolean {
  const time = timeOfDay(at, timezone);
  return from < to ? time >= from && time < to : time >= from || time < to;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** `22:05`, as the clocks of a zone show it. */
function timeOfDay(at: Date, timeZone: string): string {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  formats.set(timeZone, format);
  return format.format(at);
}
