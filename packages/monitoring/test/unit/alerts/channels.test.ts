import fc from "fast-check";
import { refusedByJira, refusedByPagerDuty, refusedBySlack } from "./published-rules";
import { JiraDouble, PagerDutyDouble, SlackDouble } from "./receivers";
import { alertsInput, alertsWith, deliverAll, finding, observed, routerFor, TestClock } from "./routing";

jest.setTimeout(30_000);

const everybody = { critical: ["oncall", "team", "backlog"], performance: ["team"], minor: ["backlog"] };

describe("what is sent", () => {
  let clock: TestClock;
  let pagerduty: PagerDutyDouble;
  let slack: SlackDouble;
  let jira: JiraDouble;
  let addresses: { pagerduty: string; slack: string; jira: string };

  beforeEach(async () => {
    clock = new TestClock();
    [pagerduty, slack, jira] = [new PagerDutyDouble(), new SlackDouble(() => clock.now()), new JiraDouble()];
    addresses = { pagerduty: await pagerduty.open(), slack: await slack.open(), jira: await jira.open() };
  });
  afterEach(() => Promise.all([pagerduty, slack, jira].map((each) => each.close())));

  test("is taken by the receivers whatever stands in a finding", async () => {
    const text = (maxLength: number) =>
      fc.string({ unit: "grapheme", minLength: 1, maxLength }).map((given) => given.slice(0, maxLength));
    const long = fc.constantFrom("x".repeat(1_000), "<!channel> *bold* &amp; `code`", "line\nline\r\n\tline", " ");
    const texts = fc.record({
      subject: text(255),
      what: fc.oneof(text(1_000), long),
      extent: fc.oneof(text(1_000), long),
      action: fc.oneof(text(1_000), long),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 8 }), async (all) => {
        const router = routerFor(addresses, {
          clock,
          alerts: alertsWith({ routes: everybody, perHour: 1_000, place: "prod <!here>" }),
        });
        const [one, many] = [finding({ group: "g" }), finding({ severity: "performance" })];
        const findings = all.flatMap((given, at) => [
          { ...one, ...given, key: `a/${at}`, severity: "critical" as const },
          { ...many, ...given, key: `b/${at}` },
        ]);
        await router.accept(observed(clock.now(), findings));
        await deliverAll(router, clock);
        clock.advance(60_000);
        const keys = findings.map(({ key }) => key);
        await router.accept(observed(clock.now(), [], keys));
        await deliverAll(router, clock);
        expect(await router.deadLetters()).toEqual([]);
        clock.advance(3 * 3_600_000);
      }),
      { numRuns: 20 },
    );
    // However long the texts are, what to do can be reached.
    for (const { text, blocks } of slack.messages.filter((message) => !message.text.startsWith("Over: ")))
      expect([text, JSON.stringify(blocks)]).toEqual([text, expect.stringContaining("|Run-book>")]);
    expect(pagerduty.alerts.size).toBe(20);
    expect(jira.issues).toHaveLength(20);
  });

  test("is one message for forty alerts of a night, within what Slack takes, and each is named", async () => {
    const quietHours = { from: "22:00", to: "07:00" };
    const router = routerFor(addresses, { clock, alerts: alertsWith({ quietHours }) });
    clock.time = new Date("2026-03-02T23:00:00Z");
    const findings = Array.from({ length: 40 }, (_, at) => finding({ subject: `f${at}`, extent: "x".repeat(900) }));
    await router.accept(observed(clock.now(), findings));
    await deliverAll(router, clock);
    expect(slack.messages).toHaveLength(1);
    const shown = JSON.stringify(slack.messages[0]?.blocks);
    for (let at = 0; at < 40; at += 1) expect(shown).toContain(`churn: f${at}: `);
  });

  test("goes through an incoming webhook, too; what may have arrived is sent again and says so", async () => {
    const webhook = "https://hooks.slack.com/services/T000/B000/x0x0x0";
    const router = routerFor(addresses, { clock, secrets: { "prod/slack": webhook } });
    let lost = true;
    slack.behave = () => (lost ? "lost" : "well");
    await router.accept(observed(clock.now(), [finding()]));
    await router.deliver();
    lost = false;
    await deliverAll(router, clock);
    expect(slack.arrivals.map(({ path }) => path)).toEqual(Array(2).fill("/services/T000/B000/x0x0x0"));
    expect(slack.arrivals[0]?.body).not.toHaveProperty("channel");
    expect(JSON.stringify(slack.messages[1]?.blocks)).toContain("Sent once more");
    expect(JSON.stringify(await router.state())).not.toContain("x0x0x0");
  });

  test("a receiver that is too slow is taken for unsure, and finds the message there", async () => {
    const router = routerFor(addresses, {
      clock,
      alerts: alertsWith({ routes: { ...alertsInput.routes, performance: ["team", "backlog"] } }),
      // The time-out of ten seconds, without waiting for it.
      fetch: (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(100) }),
    });
    let calls = 0;
    for (const receiver of [slack, jira]) {
      receiver.behave = ({ method, path }) => {
        if (method !== "POST" || path.endsWith("/search/jql")) return "well";
        calls += 1;
        return calls <= 2 ? "slow" : "well";
      };
    }
    await router.accept(observed(clock.now(), [finding()]));
    await router.deliver();
    expect((await router.state()).outbox.map(({ error }) => error)).toEqual([
      "Slack did not answer within 10 s",
      "Jira did not answer within 10 s",
    ]);
    await deliverAll(router, clock);
    expect([slack.messages.length, jira.issues.length]).toEqual([1, 1]);
  });
});

test("the receivers' rules refuse what the receivers refuse", () => {
  const event = { routing_key: "x".repeat(32), event_action: "trigger", dedup_key: "a" };
  const payload = { summary: "s", source: "x", severity: "critical" };
  expect(refusedByPagerDuty("/v2/enqueue", { ...event, payload })).toBeUndefined();
  expect(refusedByPagerDuty("/v2/enqueue", { ...event, payload: { ...payload, severity: "fatal" } })).toMatch(
    /severity/,
  );
  expect(refusedByPagerDuty("/v2/enqueue", { ...event, payload: { ...payload, summary: "s".repeat(1_025) } })).toMatch(
    /summary/,
  );
  expect(refusedByPagerDuty("/v2/enqueue", { ...event, event_action: "resolve", payload })).toMatch(/payload/);
  const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
  const post = (...blocks: object[]) => refusedBySlack("/api/chat.postMessage", { channel: "C", text: "t", blocks });
  expect(post(section("x"))).toBeUndefined();
  expect(post(section("x".repeat(3_001)))).toBe("invalid_blocks");
  expect(post(...Array(5).fill(section("x".repeat(2_900))))).toBe("msg_blocks_too_long");
  const text = (content: string) => ({
    type: "doc",
    version: 1,
    content: [{ type: "paragraph", content: [{ type: "text", text: content }] }],
  });
  expect(refusedByJira("/rest/api/3/issue/A-1/comment", { body: text("x") })).toBeUndefined();
  expect(refusedByJira("/rest/api/3/issue/A-1/comment", { body: text("") })).toMatch(/no document/);
  expect(refusedByJira("/rest/api/3/issue/A-1/comment", { body: "x" })).toMatch(/no document/);
});
