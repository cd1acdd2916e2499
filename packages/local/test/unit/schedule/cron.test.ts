import { parseSchedule } from "../../../src/services/schedule/cron";

const next = (expression: string, after: string, zone = "UTC"): string | undefined => {
  const moment = parseSchedule(expression, zone, { at: true }).next(Date.parse(after), Date.parse(after));
  return moment === undefined ? undefined : new Date(moment).toISOString();
};

describe("cron expressions", () => {
  test.each([
    ["cron(0 10 * * ? *)", "2026-11-21T10:00:00Z", "2026-11-22T10:00:00.000Z"],
    ["cron(15 12 * * ? *)", "2026-11-21T10:00:00Z", "2026-11-21T12:15:00.000Z"],
    ["cron(0 18 ? * MON-FRI *)", "2026-11-20T18:00:00Z", "2026-11-23T18:00:00.000Z"],
    ["cron(0 8 1 * ? *)", "2026-11-21T10:00:00Z", "2026-12-01T08:00:00.000Z"],
    ["cron(0/15 * * * ? *)", "2026-11-21T10:14:59Z", "2026-11-21T10:15:00.000Z"],
    ["cron(0/10 * ? * MON-FRI *)", "2026-11-21T10:00:00Z", "2026-11-23T00:00:00.000Z"],
    ["cron(0 9 L * ? *)", "2027-02-01T00:00:00Z", "2027-02-28T09:00:00.000Z"],
    ["cron(0 9 LW * ? *)", "2027-02-01T00:00:00Z", "2027-02-26T09:00:00.000Z"],
    ["cron(0 9 15W * ? *)", "2027-05-01T00:00:00Z", "2027-05-14T09:00:00.000Z"],
    ["cron(0 9 ? * 3#2 *)", "2026-11-21T00:00:00Z", "2026-12-08T09:00:00.000Z"],
    ["cron(0 9 ? * 6L *)", "2026-11-01T00:00:00Z", "2026-11-27T09:00:00.000Z"],
    ["cron(0 0 29 2 ? *)", "2026-11-21T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["cron(0 0 1 1 ? 2030)", "2026-11-21T00:00:00Z", "2030-01-01T00:00:00.000Z"],
    ["cron(30 6 ? JAN,JUL 2 2026-2027)", "2027-01-30T00:00:00Z", "2027-07-05T06:30:00.000Z"],
  ])("%s after %s", (expression, after, expected) => {
    expect(next(expression, after)).toBe(expected);
  });

  test("a year that is over has no next moment", () => {
    expect(next("cron(0 0 1 1 ? 2025)", "2026-11-21T00:00:00Z")).toBeUndefined();
  });

  test("local time follows summer time; what it leaves out is skipped, what comes twice comes once", () => {
    expect(next("cron(0 9 * * ? *)", "2027-03-27T12:00:00Z", "Europe/Berlin")).toBe("2027-03-28T07:00:00.000Z");
    expect(next("cron(30 2 * * ? *)", "2027-03-27T12:00:00Z", "Europe/Berlin")).toBe("2027-03-29T00:30:00.000Z");
    expect(next("cron(30 2 * * ? *)", "2027-10-30T12:00:00Z", "Europe/Berlin")).toBe("2027-10-31T00:30:00.000Z");
    expect(next("cron(30 2 * * ? *)", "2027-10-31T00:30:00Z", "Europe/Berlin")).toBe("2027-11-01T01:30:00.000Z");
  });
});

test("rates count from where they began", () => {
  const rate = parseSchedule("rate(5 minutes)");
  expect([0, 1, 299_999, 300_000].map((after) => rate.next(after, 0))).toEqual([300_000, 300_000, 300_000, 600_000]);
  expect(rate.next(0, 90_000)).toBe(90_000);
});

test("at is one moment", () => {
  expect(next("at(2026-12-01T09:00:30)", "2026-11-21T00:00:00Z", "America/New_York")).toBe("2026-12-01T14:00:30.000Z");
  expect(next("at(2026-12-01T09:00:30)", "2027-01-01T00:00:00Z")).toBeUndefined();
});

test.each([
  "cron(0 9 * * * *)",
  "cron(0 9 ? * ? *)",
  "cron(60 9 * * ? *)",
  "cron(0 9 32 * ? *)",
  "cron(0 9 ? * MON#6 *)",
  "cron(* * * * ?)",
  "rate(1 minutes)",
  "rate(2 minute)",
  "rate(0 days)",
  "rate(1 week)",
  "at(tomorrow)",
  "hourly",
])("%s is refused", (expression) => {
  expect(() => parseSchedule(expression, "UTC", { at: true })).toThrow(
    `Parameter ScheduleExpression is not valid: ${expression}`,
  );
});
