import { ServiceError } from "../../errors";
import { type LocalTime, localTime, momentOf } from "./time-zone";

/** When something happens next. */
export interface Timetable {
  /**
   * The first moment after `after`, epoch milliseconds; undefined when there is none any more.
   * @param began where rates begin to count
   */
  next(after: number, began: number): number | undefined;
}

const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const units: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Parses `cron(0 9 1 * ? *)`, `rate(1 hour)` and, where allowed, `at(2026-12-01T09:00:00)`.
 *
 * @param zone an IANA time zone. @default UTC
 * @throws ServiceError ValidationException
 */
export function parseSchedule(expression: string, zone = "UTC", { at: mayBeAt = false } = {}): Timetable {
  const [, kind, inner = ""] = /^(cron|rate|at)\((.*)\)$/.exec(expression.trim()) ?? [];
  if (kind === "cron") return cron(inner, zone, expression);
  if (kind === "rate") return rate(inner, expression);
  if (kind === "at" && mayBeAt) return at(inner, zone, expression);
  throw invalid(expression);
}

function rate(inner: string, expression: string): Timetable {
  const [, amount = "", unit = "", plural] = /^(\d+) (minute|hour|day)(s?)$/.exec(inner.trim()) ?? [];
  const count = Number(amount);
  if (!(count >= 1) || (count === 1) === (plural === "s")) throw invalid(expression);
  const every = count * (units[unit] ?? 0);
  return {
    next: (after, began) => (after < began ? began : began + (Math.floor((after - began) / every) + 1) * every),
  };
}

function at(inner: string, zone: string, expression: string): Timetable {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(inner.trim());
  if (!parts) throw invalid(expression);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const moment = momentOf({ year, month, day, hour, minute }, zone);
  if (moment === undefined) throw invalid(expression);
  const time = moment + second * 1000;
  return { next: (after) => (after < time ? time : undefined) };
}

function cron(inner: string, zone: string, expression: string): Timetable {
  const fields = inner.trim().split(/\s+/);
  const [minutes = "", hours = "", days = "", months = "", weekdays = "", years = ""] = fields;
  if (fields.length !== 6 || (days === "?") === (weekdays === "?")) throw invalid(expression);
  const minute = numbers(minutes, 0, 59, [], expression);
  const hour = numbers(hours, 0, 23, [], expression);
  const month = new Set(numbers(months, 1, 12, monthNames, expression));
  const year = years === "*" ? undefined : new Set(numbers(years, 1970, 2199, [], expression));
  const onDay = days === "?" ? weekdayTest(weekdays, expression) : dayTest(days, expression);
  const lastYear = year ? Math.max(...year) : 2199;

  return {
    next(after) {
      const start = localTime(after, zone);
      let date = new Date(Date.UTC(start.year, start.month - 1, start.day));
      // Leap days come at most eight years apart.
      const farthest = Math.min(lastYear, start.year + 9);
      for (; date.getUTCFullYear() <= farthest; date = new Date(date.getTime() + 86_400_000)) {
        const day = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
        if (year && !year.has(day.year)) {
          const later = [...year].filter((each) => each > day.year);
          if (later.length === 0) return undefined;
          date = new Date(Date.UTC(Math.min(...later), 0, 0));
          continue;
        }
        if (!month.has(day.month) || !onDay(day)) continue;
        for (const h of hour) {
          for (const m of minute) {
            // A time that the change to summer time leaves out is skipped; one that comes twice counts once.
            const moment = momentOf({ ...day, hour: h, minute: m }, zone);
            if (moment !== undefined && moment > after) return moment;
          }
        }
      }
      return undefined;
    },
  };
}

type Day = Pick<LocalTime, "year" | "month" | "day">;

const lengthOf = ({ year, month }: Day): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
/** 1 is Sunday. */
const weekdayOf = ({ year, month, day }: Day): number => new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

function dayTest(field: string, expression: string): (day: Day) => boolean {
  if (field === "L") return (day) => day.day === lengthOf(day);
  if (field === "LW") return (day) => day.day === nearestWeekday(day, lengthOf(day));
  const before = /^L-(\d{1,2})$/.exec(field)?.[1];
  if (before !== undefined) return (day) => day.day === lengthOf(day) - Number(before);
  const nearest = /^(\d{1,2})W$/.exec(field)?.[1];
  if (nearest !== undefined) return (day) => day.day === nearestWeekday(day, Math.min(Number(nearest), lengthOf(day)));
  const days = new Set(numbers(field, 1, 31, [], expression));
  return ({ day }) => days.has(day);
}

/** The weekday (Monday to Friday) nearest to a day, within its month. */
function nearestWeekday(month: Day, day: number): number {
  const weekday = weekdayOf({ ...month, day });
  if (weekday === 7) return day === 1 ? 3 : day - 1;
  if (weekday === 1) return day === lengthOf(month) ? day - 2 : day + 1;
  return day;
}

function weekdayTest(field: string, expression: string): (day: Day) => boolean {
  const [, nth, count] = /^(\w+)#([1-5])$/.exec(field) ?? [];
  if (nth !== undefined) {
    const [weekday] = numbers(nth, 1, 7, dayNames, expression);
    return (day) => weekdayOf(day) === weekday && Math.ceil(day.day / 7) === Number(count);
  }
  if (field === "L") return (day) => weekdayOf(day) === 7;
  const last = /^(\w+)L$/.exec(field)?.[1];
  if (last !== undefined) {
    const [weekday] = numbers(last, 1, 7, dayNames, expression);
    return (day) => weekdayOf(day) === weekday && day.day > lengthOf(day) - 7;
  }
  const days = new Set(numbers(field, 1, 7, dayNames, expression));
  return (day) => days.has(weekdayOf(day));
}

/** The numbers of a field, ascending: lists, ranges, steps, names. */
function numbers(field: string, least: number, most: number, names: readonly string[], expression: string): number[] {
  const one = (text: string): number => {
    const named = names.indexOf(text.toUpperCase());
    const value = named >= 0 ? named + 1 : /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw invalid(expression);
  };
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", step = "1", extra] = part.split("/");
    const every = /^\d+$/.test(step) ? Number(step) : 0;
    if (every < 1 || extra !== undefined) throw invalid(expression);
    const [from = "", to] = range.split("-");
    const first = range === "*" ? least : one(from);
    const final = range === "*" || (to === undefined && part.includes("/")) ? most : one(to ?? from);
    // A range may go over the end: FRI-MON.
    const length = final >= first ? final - first : final - first + (most - least + 1);
    for (let offset = 0; offset <= length; offset += every) {
      found.add(((first + offset - least) % (most - least + 1)) + least);
    }
  }
  return [...found].sort((a, b) => a - b);
}

const invalid = (expression: string): ServiceError =>
  new ServiceError("ValidationException", `Parameter ScheduleExpression is not valid: ${expression}`);
