import { ServiceError } from "../../errors";

/** A moment on the wall clock of a time zone. */
export interface LocalTime {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws ServiceError ValidationException for a zone that does not exist */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  try {
    const made = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
    formats.set(zone, made);
    return made;
  } catch (cause) {
    throw new ServiceError("ValidationException", `The time zone ${zone} is not valid.`, { cause });
  }
}

/** What the clocks of a zone show. */
export function localTime(moment: number, zone: string): LocalTime {
  if (zone === "UTC") {
    const date = new Date(moment);
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
    };
  }
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, Number(value)]),
  );
  return parts as unknown as LocalTime;
}

/** The first moment at which the clocks of a zone show a time; undefined when they never do. */
export function momentOf(local: LocalTime, zone: string): number | undefined {
  const wanted = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute);
  if (zone === "UTC") return wanted;
  const offsetAt = (moment: number): number => {
    const { year, month, day, hour, minute } = localTime(moment, zone);
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(moment / 60_000) * 60_000;
  };
  const day = 86_400_000;
  const offsets = [...new Set([offsetAt(wanted - day), offsetAt(wanted + day)])];
  const moments = offsets.map((offset) => wanted - offset).filter((moment) => moment + offsetAt(moment) === wanted);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** @throws ServiceError ValidationException */
export const checkZone = (zone: string): void => void (zone === "UTC" || formatOf(zone));
