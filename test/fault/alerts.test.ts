import {
  type Arrival,
  JiraDouble,
  PagerDutyDouble,
  type Receiver,
  SlackDouble,
} from "../../packages/monitoring/test/unit/alerts/receivers";
import {
  alertsWith,
  finding,
  memoryDocument,
  observed,
  routerFor,
  TestClock,
} from "../../packages/monitoring/test/unit/alerts/routing";
import { uniform } from "../support/random";

/**
 * Two days of alerts over real sockets, with receivers that are down for an hour, slow, throttle, fail before and after taking a
 * request in, and close connections, and with secrets
 * that are refused for six hours; on a clock that the test moves. Nothing is lost, nothing is told twice, and each incident is
 * told in its order.
 */
jest.setTimeout(60_000);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const begin = new Date("2026-03-02T08:00:00Z");

/** What opens nothing; so are the secrets from the tenth hour on, until somebody mends them in the sixteenth. */
const wrong: Record<string, string> = {
  "prod/pagerduty": "W".repeat(32),
  "prod/slack": "xoxb-wrong",
  "prod/jira": JSON.stringify({ token: "wrong" }),
};
const keys = [wrong["prod/pagerduty"], "Bearer xoxb-wrong", "Bearer wrong"];
const isWrong = ({ body, headers }: Pick<Arrival, "body" | "headers">) =>
  keys.includes(String(body.routing_key ?? headers.authorization));
const hourOf = (clock: TestClock) => Math.floor((clock.now().getTime() - begin.getTime()) / HOUR);
const secretsAt = (clock: TestClock) => (hourOf(clock) >= 10 && hourOf(clock) < 16 ? wrong : {});

/** Down for the third hour and the thirtieth; otherwise one request in three fares badly. */
function misbehave(receiver: Receiver, clock: TestClock, chance: () => number): void {
  receiver.behave = ({ body, headers }) => {
    if (isWrong({ body, headers })) return { status: 401 };
    const hour = hourOf(clock);
    if (hour === 3 || hour === 30) return "down";
    const luck = chance();
    if (luck < 0.06) return "lost";
    if (luck < 0.12) return { status: 500, after: true };
    if (luck < 0.18) return { status: 503 };
    if (luck < 0.24) return { status: 429, retryAfter: String(5 + Math.floor(chance() * 60)) };
    if (luck < 0.3) return "down";
    return luck < 0.32 ? "slow" : "well";
  };
}

/** When an incident opens and when it is over, in minutes. */
interface Trouble {
  readonly subject: string;
  readonly severity: "critical" | "minor";
  readonly opens: number;
  readonly ends: number;
}

function troubles(count: number, chance: () => number): Trouble[] {
  return Array.from({ length: count }, (_, at) => {
    const opens = Math.floor(chance() * 40 * 60);
    const ends = opens + 5 + Math.floor(chance() * 300);
    return { subject: `f${at}`, severity: at % 2 === 0 ? "critical" : "minor", opens, ends };
  });
}

test.each([1, 2, 3])("receivers misbehave for two days (%i)", async (seed) => {
  const chance = uniform(seed);
  const clock = new TestClock(new Date(begin));
  const [pagerduty, slack, jira] = [new PagerDutyDouble(), new SlackDouble(() => clock.now()), new JiraDouble()];
  const addresses = { pagerduty: await pagerduty.open(), slack: await slack.open(), jira: await jira.open() };
  for (const receiver of [pagerduty, slack, jira]) misbehave(receiver, clock, chance);
  const document = memoryDocument();
  const fetchOnce = (url: string, init: RequestInit) => fetch(url, { ...init, signal: AbortSignal.timeout(150) });
  // Nobody is told here of receivers that are down: that is another test.
  const alerts = alertsWith({
    routes: { critical: ["oncall", "team"], performance: [], minor: ["backlog"] },
    rules: [{ when: { kind: "delivery" }, severity: "silent" }],
  });
  const all = troubles(24, chance);
  const moments = [...new Set(all.flatMap(({ opens, ends }) => [opens, ends]))].sort((a, b) => a - b);
  const run = async (until: Date) => {
    while (clock.now() < until) {
      // Each tick is a function of its own that remembers nothing.
      const made = { clock, alerts, document, fetch: fetchOnce, secrets: secretsAt(clock) };
      const { nextAt } = await routerFor(addresses, made).deliver();
      const next = Math.min(until.getTime(), Date.parse(nextAt ?? until.toISOString()));
      clock.time = new Date(Math.max(next, clock.time.getTime() + 1_000));
    }
  };
  for (const minute of moments) {
    await run(new Date(begin.getTime() + minute * MINUTE));
    const opens = all.filter((each) => each.opens === minute);
    const ends = all.filter((each) => each.ends === minute);
    const seen = observed(
      clock.now(),
      opens.map(({ subject, severity }) => finding({ subject, severity })),
      ends.map(({ subject }) => `churn/drift/${subject}`),
    );
    const router = routerFor(addresses, { clock, alerts, document, fetch: fetchOnce });
    await router.accept(seen);
    // A queue gives the same message again.
    if (chance() < 0.5) await router.accept(seen);
  }
  await run(new Date(begin.getTime() + 72 * HOUR));
  const state = await routerFor(addresses, { clock, alerts, document }).state();
  await Promise.all([pagerduty, slack, jira].map((each) => each.close()));

  expect([pagerduty, slack, jira].flatMap(({ arrivals }) => arrivals).some(isWrong)).toBe(true);
  expect(state.outbox).toEqual([]);
  expect(state.dead).toEqual([]);
  const critical = all.filter(({ severity }) => severity === "critical");
  const minor = all.filter(({ severity }) => severity === "minor");
  expect(pagerduty.alerts.size).toBe(critical.length);
  for (const { status, incidents } of pagerduty.alerts.values()) expect([status, incidents]).toEqual(["resolved", 1]);
  for (const { subject } of critical) {
    const told = slack.messages.filter(({ text }) => text.includes(`churn: ${subject}:`));
    expect([subject, told.map(({ text }) => text.startsWith("Over: "))]).toEqual([subject, [false, true]]);
    expect(told[1]?.thread_ts).toBe(told[0]?.ts);
  }
  expect(slack.messages).toHaveLength(2 * critical.length);
  expect(jira.issues.map(({ fields }) => fields.summary.split(":")[1]?.trim()).sort()).toEqual(
    minor.map(({ subject }) => subject).sort(),
  );
  for (const { comments, done } of jira.issues) expect([comments.length, done]).toEqual([1, true]);
});
