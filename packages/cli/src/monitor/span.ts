import type { Window } from "@sagewright/monitoring";
import { momentText } from "../captures/moment-text";
import { usageError } from "../errors";

const HOUR_MS = 3_600_000;
const hours = { h: 1, d: 24, w: 168 } as const;

/** How a window is asked for. */
export interface SpanOptions {
  /** `7d`, `24h`, `4w`. */
  window?: string;
  /** First moment in UTC; instead of `window`. */
  since?: string;
  /** Last moment in UTC. @default now */
  until?: string;
}

/**
 * The window that the options name, in whole hours: what is summarised is hours.
 *
 * @throws CliError `usage`
 */
export function spanOf({ window, since, until }: SpanOptions, now: Date, usualDays = 7): Window {
  if (window !== undefined && since !== undefined)
    throw usageError("--window and --since contradict each other", "leave one of them out");
  const end = until === undefined ? now : momentOf("--until", until);
  const to = Math.ceil((end.getTime() + (until === undefined ? 1 : 0)) / HOUR_MS) * HOUR_MS;
  const from = since === undefined ? to - lengthOf(window ?? `${usualDays}d`) : momentOf("--since", since).getTime();
  const begin = Math.floor(from / HOUR_MS) * HOUR_MS;
  if (begin >= to)
    throw usageError(
      `--since: '${since}' is not before ${until === undefined ? "now" : `--until '${until}'`}, so that the window has no hour`,
      "give --since an earlier moment, in UTC",
    );
  return { from: new Date(begin).toISOString(), to: new Date(to).toISOString() };
}

function lengthOf(text: string): number {
  const [, number = "", unit = ""] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const length = Number(number) * (hours[unit as keyof typeof hours] ?? 0) * HOUR_MS;
  if (length > 0) return length;
  throw usageError(`--window: '${text}' is no length of time`, "write hours, days or weeks: --window 24h, 7d or 4w");
}

/** A moment of which only the beginning need be written. */
function momentOf(option: string, text: string): Date {
  const plain = momentText(option, text);
  const whole = plain + "0000-01-01T00:00:00.000".slice(plain.length);
  const moment = new Date(`${whole}Z`);
  if (!Number.isNaN(moment.getTime())) return moment;
  throw usageError(`${option}: '${text}' is no moment`, `for example: ${option} 2026-01-02T03:04 (UTC)`);
}
