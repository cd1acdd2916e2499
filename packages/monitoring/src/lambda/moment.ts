import { MonitoringError } from "../errors";

/** An event of a schedule. */
export interface TimedEvent {
  /** The moment that the schedule names, ISO 8601; a run for it can be repeated by hand. @default now */
  readonly time?: string;
}

/** The moment that a run is for. @throws MonitoringError `event_invalid` */
export function momentOf({ time }: TimedEvent, now: Date): Date {
  if (time === undefined) return now;
  const moment = new Date(time);
  if (!Number.isNaN(moment.getTime())) return moment;
  throw new MonitoringError(
    "event_invalid",
    `The event's time is '${String(time).slice(0, 40)}', which is no moment. Write one in ISO 8601.`,
    { facts: { time } },
  );
}

/** A line of the function's log. */
export function log(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
