import type { AlertRouter, Finding } from "@sagewright/monitoring";
import { JiraDouble, PagerDutyDouble, SlackDouble } from "./receivers";
import { alertsWith, deliverAll, finding, memoryDocument, observed, routerFor, TestClock } from "./routing";

const HOUR = 3_600_000;

describe("alerts reach the right receiver once", () => {
  let clock: TestClock;
  let pagerduty: PagerDutyDouble;
  let slack: SlackDouble;
  let jira: JiraDouble;
  let router: AlertRouter;
  let addresses: { pagerduty: string; slack: string; jira: string };

  beforeEach(async () => {
    clock = new TestClock();
    [pagerduty, slack, jira] = [new PagerDutyDouble(), new SlackDouble(() => clock.now()), new JiraDouble()];
    addresses = { pagerduty: await pagerduty.open(), slack: await slack.open(), jira: await jira.open() };
    router = routerFor(addresses, { clock });
  });
  afterEach(() => Promise.all([pagerduty, slack, jira].map((each) => each.close())));

  test("a performance finding opens a thread, its end closes it, and repetitions say nothing", async () => {
    for (let hour = 0; hour < 5; hour += 1) {
      await router.accept(observed(clock.now(), [finding()]));
      await deliverAll(router, clock);
      clock.advance(HOUR);
    }
    await router.accept(observed(clock.now(), [], ["churn/drift/plan"]));
    await deliverAll(router, clock);
    expect(slack.messages).toHaveLength(2);
    const [opening, end] = slack.messages;
    expect(opening?.thread_ts).toBeUndefined();
    expect(end?.thread_ts).toBe(opening?.ts);
    const shown = shownBy(opening);
    for (const part of [
      'plan: "gold" rose from 9 % to 21 %.',
      "PSI 0.31",
      "Sunday 1 March 2026, 00:00 UTC",
      "churn version 7, in use since Sunday 1 February 2026, 00:00 UTC",
      "See whether the data",
      "<https://example.com/our_runbooks/drift.md|Run-book>",
    ]) {
      expect(shown).toContain(part);
    }
    expect(shownBy(end)).toContain("It began on Monday 2 March 2026, 10:00 UTC and lasted 5 h.");
    for (const { text, blocks } of slack.messages) expect(JSON.stringify([text, blocks])).not.toMatch(/\d-\d\d-\d/);
    expect(pagerduty.arrivals).toEqual([]);
    expect(jira.arrivals).toEqual([]);
  });

  test("a critical alarm wakes the one on call and is resolved by its deduplication key", async () => {
    const alarm = finding({ key: "alarm/5xx", kind: "alarm", subject: "churn-5xx", severity: "critical" });
    await router.accept(observed(clock.now(), [alarm]));
    await deliverAll(router, clock);
    clock.advance(HOUR);
    await router.accept(observed(clock.now(), [], ["alarm/5xx"]));
    await deliverAll(router, clock);
    const [[key, alert]] = [...pagerduty.alerts] as [[string, { status: string; incidents: number; events: object[] }]];
    expect(key).toMatch(/^sagewright-[0-9a-f]{16}$/);
    expect(alert).toMatchObject({
      status: "resolved",
      incidents: 1,
      events: [{ event_action: "trigger" }, { event_action: "resolve" }],
    });
    expect(slack.messages).toHaveLength(2);
  });

  test("a minor finding is an issue: commented when it grows, done at its end, opened again when it comes back", async () => {
    const minor = (magnitude: number) => finding({ severity: "minor", magnitude });
    await router.accept(observed(clock.now(), [minor(1)]));
    await deliverAll(router, clock);
    clock.advance(HOUR);
    await router.accept(observed(clock.now(), [minor(1.2)]));
    await deliverAll(router, clock);
    expect(jira.issues).toMatchObject([{ key: "CHURN-1", comments: [], done: false }]);
    clock.advance(HOUR);
    await router.accept(observed(clock.now(), [minor(2)]));
    clock.advance(HOUR);
    await router.accept(observed(clock.now(), [], ["churn/drift/plan"]));
    await deliverAll(router, clock);
    expect(jira.issues[0]).toMatchObject({ comments: [{}, {}], done: true });
    clock.advance(HOUR / 2);
    await router.accept(observed(clock.now(), [minor(2)]));
    await deliverAll(router, clock);
    expect(jira.issues).toHaveLength(1);
    expect(jira.issues[0]).toMatchObject({ comments: [{}, {}, {}], done: false });
  });

  test("findings of a group are one incident, which ends with the last of them", async () => {
    const group = "churn/drift";
    const many = ["a", "b", "c"].map((subject) => finding({ subject, group }));
    await router.accept(observed(clock.now(), many));
    await deliverAll(router, clock);
    clock.advance(HOUR);
    await router.accept(observed(clock.now(), many.slice(1), ["churn/drift/a"]));
    await deliverAll(router, clock);
    clock.advance(HOUR);
    await router.accept(observed(clock.now(), [], ["churn/drift/b", "churn/drift/c"]));
    await deliverAll(router, clock);
    expect(slack.messages.map(({ text }) => text.split(":")[0])).toEqual(["churn", "Update", "Over"]);
    expect(new Set(slack.messages.slice(1).map(({ thread_ts }) => thread_ts))).toEqual(
      new Set([slack.messages[0]?.ts]),
    );
  });

  test("a receiver that is down for an hour gets everything afterwards, once and in order", async () => {
    const back = clock.now().getTime() + HOUR;
    slack.behave = () => (clock.now().getTime() < back ? "down" : "well");
    const subjects = ["a", "b", "c"];
    await router.accept(
      observed(
        clock.now(),
        subjects.map((subject) => finding({ subject })),
      ),
    );
    await router.deliver();
    clock.advance(HOUR / 4);
    await router.accept(observed(clock.now(), [], ["churn/drift/a"]));
    await deliverAll(router, clock);
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(back);
    expect(slack.messages.map(({ text }) => text.slice(0, 9)).sort()).toEqual([
      "Over: chu",
      "churn: a:",
      "churn: b:",
      "churn: c:",
    ]);
    const [opening] = slack.messages.filter(({ text }) => text.startsWith("churn: a:"));
    expect(slack.messages.find(({ text }) => text.startsWith("Over"))?.thread_ts).toBe(opening?.ts);
    // Others heard of it, and that it is over.
    expect((await router.state()).marks["alerts/delivery/team"]?.open).toBe(false);
    expect((await router.state()).targets.team?.failures).toBe(0);
  });

  test.each([
    ["429 with Retry-After", { status: 429, retryAfter: "120" }, 120_000],
    ["500", { status: 500 }, 2_500],
    ["500 after it took the message in", { status: 500, after: true }, 2_500],
    ["a connection that is closed before the answer", "lost", 2_500],
  ] as const)(
    "%s: the message is there once, after the pause that was asked for",
    async (_name, behaviour, pauseMs) => {
      const begin = clock.now().getTime();
      for (const receiver of [pagerduty, slack, jira]) {
        let calls = 0;
        receiver.behave = ({ method, path }) => {
          const writes = method === "POST" && !path.endsWith("/search/jql");
          calls += writes ? 1 : 0;
          return writes && calls === 1 ? behaviour : "well";
        };
      }
      const kinds = [
        finding({ subject: "critical", severity: "critical" }),
        finding({ subject: "minor", severity: "minor" }),
      ];
      await router.accept(observed(clock.now(), kinds));
      await deliverAll(router, clock);
      expect(clock.now().getTime() - begin).toBeGreaterThanOrEqual(pauseMs);
      expect(slack.messages).toHaveLength(1);
      expect(jira.issues).toHaveLength(1);
      expect([...pagerduty.alerts.values()].map(({ incidents }) => incidents)).toEqual([1]);
      clock.advance(HOUR);
      await router.accept(
        observed(
          clock.now(),
          [],
          kinds.map(({ key }) => key),
        ),
      );
      await deliverAll(router, clock);
      expect(slack.messages).toHaveLength(2);
      expect(jira.issues).toMatchObject([{ comments: [{}], done: true }]);
    },
  );

  test("every later message that is lost on the way back is found in its thread or issue, and not sent again", async () => {
    await router.accept(observed(clock.now(), [finding(), finding({ subject: "m", severity: "minor" })]));
    await deliverAll(router, clock);
    for (const receiver of [slack, jira]) {
      let lost = false;
      receiver.behave = ({ method, path }) => {
        if (lost || method !== "POST" || path.endsWith("/transitions")) return "well";
        lost = true;
        return "lost";
      };
    }
    clock.advance(HOUR);
    await router.accept(observed(clock.now(), [], ["churn/drift/plan", "churn/drift/m"]));
    await deliverAll(router, clock);
    expect(slack.messages).toHaveLength(2);
    expect(jira.issues).toMatchObject([{ comments: [{}], done: true }]);
  });

  test("what a receiver refuses for good becomes a dead letter, others hear of it, and it can be replayed", async () => {
    jira.behave = ({ method }) => (method === "POST" ? { status: 400 } : "well");
    await router.accept(observed(clock.now(), [finding({ severity: "minor" })]));
    await deliverAll(router, clock);
    expect(await router.deadLetters()).toMatchObject([
      { because: "Jira answered 400", delivery: { target: "backlog" } },
    ]);
    expect(slack.messages.map(({ text }) => text)).toEqual(["alerts: Alerts do not reach backlog: Jira answered 400"]);
    jira.behave = () => "well";
    expect(await router.replay()).toBe(1);
    await deliverAll(router, clock);
    expect(jira.issues).toHaveLength(1);
    expect(await router.deadLetters()).toEqual([]);
    expect(slack.messages.map(({ text }) => text.slice(0, 5))).toEqual(["alert", "Over:"]);
  });

  test("a revoked secret is shown to nobody, and others hear of it", async () => {
    slack.behave = () => ({ status: 401 });
    router = routerFor(addresses, {
      clock,
      secrets: { "prod/slack": "xoxb-old-one" },
      alerts: alertsWith({ routes: { performance: ["team"], critical: ["oncall"] } }),
    });
    await router.accept(observed(clock.now(), [finding()]));
    await router.deliver();
    await router.deliver();
    expect(JSON.stringify([await router.state(), pagerduty.arrivals])).not.toContain("xoxb-old-one");
    expect([...pagerduty.alerts.values()][0]?.events[0]).toMatchObject({
      payload: { summary: "alerts: Alerts do not reach team: Slack answered 401", severity: "error" },
    });
    expect((await router.state()).outbox).toHaveLength(1);
  });

  test("an incident that is open for months ends where it began; once it has been over for two weeks it is forgotten", async () => {
    const document = memoryDocument();
    const alerts = alertsWith({ routes: { critical: ["oncall", "team", "backlog"] } });
    // Each day has a process of its own, as functions do.
    const today = () => routerFor(addresses, { clock, alerts, document });
    const [seen, unseen] = ["plan", "tenure"].map((subject) => finding({ subject, severity: "critical" })) as [
      Finding,
      Finding,
    ];
    await today().accept(observed(clock.now(), [seen, unseen]));
    for (let day = 0; day < 90; day += 1) {
      await deliverAll(today(), clock);
      clock.advance(24 * HOUR);
      // One is found again each day, of the other nobody says anything any more.
      await today().accept(observed(clock.now(), [seen]));
    }
    expect([pagerduty.alerts.size, slack.messages.length, jira.issues.length]).toEqual([2, 2, 2]);
    clock.advance(HOUR);
    await today().accept(observed(clock.now(), [], [seen.key, unseen.key]));
    await deliverAll(today(), clock);
    for (const { status, incidents, events } of pagerduty.alerts.values())
      expect([status, incidents, events.length]).toEqual(["resolved", 1, 2]);
    const [opened, ended] = [slack.messages.slice(0, 2), slack.messages.slice(2)];
    expect(ended.map(({ thread_ts }) => thread_ts).sort()).toEqual(opened.map(({ ts }) => ts).sort());
    for (const { comments, done } of jira.issues) expect([comments.length, done]).toEqual([1, true]);

    clock.advance(13 * 24 * HOUR);
    await today().deliver();
    expect(Object.keys((await today().state()).incidents)).toHaveLength(2);
    clock.advance(2 * 24 * HOUR);
    await today().deliver();
    expect(await today().state()).toMatchObject({ incidents: {}, marks: {}, threads: {} });
  });

  test("at most so many messages an hour; the last of them gathers what waits", async () => {
    router = routerFor(addresses, { clock, alerts: alertsWith({ perHour: 3 }) });
    for (let minute = 0; minute < 30; minute += 1) {
      await router.accept(observed(clock.now(), [finding({ subject: `f${minute}` })]));
      await router.deliver();
      clock.advance(60_000);
    }
    expect(slack.messages).toHaveLength(3);
    await deliverAll(router, clock);
    expect(slack.messages).toHaveLength(4);
    expect(shownBy(slack.messages[3]).match(/churn: f\d+: /g)).toHaveLength(27);
  });

  test("what ended at night and came back before anybody heard of it goes on; it is not told as over", async () => {
    const quietHours = { from: "22:00", to: "07:00" };
    router = routerFor(addresses, { clock, alerts: alertsWith({ quietHours }) });
    clock.time = new Date("2026-03-02T21:00:00Z");
    await router.accept(observed(clock.now(), [finding()]));
    await deliverAll(router, clock);
    clock.time = new Date("2026-03-02T22:30:00Z");
    await router.accept(observed(clock.now(), [], ["churn/drift/plan"]));
    clock.advance(HOUR / 2);
    await router.accept(observed(clock.now(), [finding()]));
    await deliverAll(router, clock);
    expect(slack.messages.map(({ text }) => text.split(":")[0])).toEqual(["churn", "Update"]);
  });

  test("critical alerts go out at night, the others in the morning and together", async () => {
    const quietHours = { from: "22:00", to: "07:00", timezone: "Europe/Berlin" };
    router = routerFor(addresses, { clock, alerts: alertsWith({ quietHours }) });
    clock.time = new Date("2026-03-02T23:00:00Z");
    await router.accept(observed(clock.now(), [finding({ subject: "a" }), finding({ subject: "b" })]));
    await router.accept(observed(clock.now(), [finding({ key: "x", subject: "down", severity: "critical" })]));
    const { nextAt } = await router.deliver();
    expect(slack.messages.map(({ text }) => text.slice(0, 11))).toEqual(["churn: down"]);
    expect(pagerduty.arrivals).toHaveLength(1);
    expect(nextAt).toBe("2026-03-03T06:00:00.000Z");
    await deliverAll(router, clock);
    expect(slack.messages).toHaveLength(2);
    expect(slack.messages[1]?.text).toContain("and 1 more alerts");
  });
});

/** The text of a message's blocks. */
function shownBy(message: { readonly blocks: unknown } | undefined): string {
  const blocks = (message?.blocks ?? []) as { text: { text: string } }[];
  return blocks.map(({ text }) => text.text).join("\n");
}
