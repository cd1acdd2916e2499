import type { Window } from "./window";

const date = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

/** `Tuesday 3 March 2026, 14:00 UTC`, as people read a moment in a message. */
export function momentInWords(iso: string): string {
  return `${written(iso)} UTC`;
}

/** `Monday 2 March, 10:00 to Monday 9 March 2026, 10:00 UTC`. */
export function spanInWords({ from, to }: Window): string {
  const year = ` ${to.slice(0, 4)},`;
  const [start, end] = [written(from), written(to)];
  return `${from.slice(0, 4) === to.slice(0, 4) ? start.replace(year, ",") : start} to ${end} UTC`;
}

function written(iso: string): string {
  const moment = new Date(iso);
  // Some versions of the locale's data put a comma after the weekday.
  return `${date.format(moment).replace(",", "")}, ${moment.toISOString().slice(11, 16)}`;
}
