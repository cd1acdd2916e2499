import { type AlertRouter, managedSecrets, waitingOf } from "@sagewright/monitoring";
import { JiraDouble, PagerDutyDouble, type Receiver, SlackDouble } from "./receivers";
import {
  alertsWith,
  deliverAll,
  finding,
  memoryDocument,
  observed,
  secrets as right,
  routerFor,
  TestClock,
} from "./routing";

/** How receivers refuse a key that is wrong, and the same key mended. */
const wrong: Record<string, string> = {
  "prod/pagerduty": "W".repeat(32),
  "prod/slack": "xoxb-wrong",
  "prod/jira": JSON.stringify({ email: "bot@example.com", token: "wrong" }),
};
const DAY = 24 * 3_600_000;

describe("a receiver that refuses the secret gets everything once the secret is mended", () => {
  let clock: TestClock;
  let pagerduty: PagerDutyDouble;
  let slack: SlackDouble;
  let jira: JiraDouble;
  let router: AlertRouter;
  let addresses: { pagerduty: string; slack: string; jira: string };
  let secrets: Record<string, string>;
  const all = (): Receiver[] => [pagerduty, slack, jira];
  const alerts = alertsWith({
    routes: { critical: ["oncall", "team", "backlog"], performance: [], minor: [] },
    // Nobody is told here of receivers that refuse: that is another test.
    rules: [{ when: { kind: "delivery" }, severity: "silent" }],
  });

  beforeEach(async () => {
    clock = new TestClock();
    secrets = { ...wrong };
    [pagerduty, slack, jira] = [new PagerDutyDouble(), new SlackDouble(() => clock.now()), new JiraDouble()];
    addresses = { pagerduty: await pagerduty.open(), slack: await slack.open(), jira: await jira.open() };
    pagerduty.behave = ({ body }) => {
      const errors = ["Invalid routing key"];
      const refused = { status: 400, body: { status: "invalid event", message: "Event object is invalid", errors } };
      return body.routing_key === right["prod/pagerduty"] ? "well" : refused;
    };
    slack.behave = ({ headers }) =>
      headers.authorization === `Bearer ${right["prod/slack"]}`
        ? "well"
        : { status: 200, body: { ok: false, error: "invalid_auth" } };
    const { email, token } = JSON.parse(right["prod/jira"] ?? "");
    const basic = `Basic ${Buffer.from(`${email}:${token}`).toString("base64")}`;
    jira.behave = ({ headers }) => (headers.authorization === basic ? "well" : { status: 401 });
    router = routerFor(addresses, { clock, alerts, secrets });
  });
  afterEach(() => Promise.all(all().map((each) => each.close())));

  const critical = (subject: string, magnitude = 1) => finding({ subject, severity: "critical", magnitude });

  /** Two incidents: one that grows and ends while nobody can be told, one that stays. */
  async function twoIncidents(): Promise<void> {
    await router.accept(observed(clock.now(), [critical("a"), critical("b")]));
    await router.deliver();
    clock.advance(1_000);
    await router.accept(observed(clock.now(), [critical("a", 5)]));
    clock.advance(1_000);
    await router.accept(observed(clock.now(), [], ["churn/drift/a"]));
    await router.deliver();
  }

  test("with the next tick, within the pause, in the order of each incident, and none twice", async () => {
    await twoIncidents();
    // Without a change nobody asks again before the pause is over.
    for (let tick = 0; tick < 4; tick += 1) {
      clock.advance(60_000);
      await router.deliver();
    }
    expect(all().map(({ arrivals }) => arrivals.length)).toEqual([1, 1, 1]);
    const state = await router.state();
    expect(waitingOf(state, clock.now(), alerts).map(({ reason }) => reason)).toEqual(Array(12).fill("refused"));
    expect(new Set(waitingOf(state, clock.now()).map(({ because }) => because))).toEqual(
      new Set([
        "The secret prod/pagerduty is no routing key that PagerDuty knows",
        "Slack said invalid_auth",
        "Jira answered 401",
      ]),
    );
    for (const secret of [...Object.values(wrong), "wrong"]) expect(JSON.stringify(state)).not.toContain(secret);

    // One after the other is mended; the others go on waiting.
    for (const [name, receiver] of [
      ["prod/slack", slack],
      ["prod/pagerduty", pagerduty],
      ["prod/jira", jira],
    ] as const) {
      const before = all().map(({ arrivals }) => arrivals.length);
      secrets[name] = right[name] ?? "";
      clock.advance(1_000);
      await router.deliver();
      const after = all().map(({ arrivals }) => arrivals.length);
      for (const [at, each] of all().entries())
        expect([each === receiver, (after[at] ?? 0) > (before[at] ?? 0)]).toEqual([
          each === receiver,
          each === receiver,
        ]);
    }
    expect(await router.deliver()).toMatchObject({ delivered: 0, failed: 0, waiting: 0, dead: 0 });
    const events = [...pagerduty.alerts.values()].map(({ events: of }) => of.map(({ event_action: action }) => action));
    expect(events.sort((a, b) => a.length - b.length)).toEqual([["trigger"], ["trigger", "trigger", "resolve"]]);
    const texts = slack.messages.map(({ text }) => text.replace(/: "gold".*/, ""));
    expect([...texts].sort()).toEqual(["Over: churn: a", "Update: churn: a", "churn: a", "churn: b"]);
    expect(texts.filter((text) => text.endsWith("churn: a"))).toEqual([
      "churn: a",
      "Update: churn: a",
      "Over: churn: a",
    ]);
    const thread = slack.messages.find(({ text }) => text.startsWith("churn: a"))?.ts;
    expect(slack.messages.find(({ text }) => text.startsWith("Over"))?.thread_ts).toBe(thread);
    expect(
      jira.issues.map(({ fields, comments, done }) => [fields.summary.slice(0, 8), comments.length, done]),
    ).toEqual([
      ["churn: a", 2, true],
      ["churn: b", 0, false],
    ]);
  });

  test("after a long weekend, too", async () => {
    await twoIncidents();
    for (let hour = 0; hour < 4 * 24; hour += 1) {
      clock.advance(DAY / 24);
      await router.deliver();
    }
    Object.assign(secrets, right);
    await deliverAll(router, clock);
    expect(await router.deadLetters()).toEqual([]);
    expect([pagerduty.alerts.size, jira.issues.length, slack.messages.length]).toEqual([2, 2, 4]);
  });

  test("a secret that is mended wrongly is tried once, and goes on waiting", async () => {
    await twoIncidents();
    secrets["prod/slack"] = "xoxb-wrong-too";
    for (let tick = 0; tick < 3; tick += 1) {
      clock.advance(1_000);
      await router.deliver();
    }
    expect(slack.arrivals).toHaveLength(2);
    secrets["prod/slack"] = right["prod/slack"] ?? "";
    await router.deliver();
    expect(slack.messages).toHaveLength(4);
  });

  test("a channel that is corrected is a change as well", async () => {
    slack.behave = ({ body }) =>
      body.channel === "#renamed" ? "well" : { status: 200, body: { ok: false, error: "channel_not_found" } };
    const document = memoryDocument();
    const given = (channel: string) => {
      const targets = { team: { type: "slack" as const, secret: "prod/slack", channel } };
      const routes = { critical: ["team"], performance: [], minor: [] };
      return routerFor(addresses, { clock, document, alerts: alertsWith({ targets, routes }) });
    };
    await given("#gone").accept(observed(clock.now(), [critical("a")]));
    await given("#gone").deliver();
    await given("#gone").deliver();
    expect(slack.arrivals).toHaveLength(1);
    await given("#renamed").deliver();
    expect(slack.messages).toHaveLength(1);
  });
});

test("a secret that is asked for anew is not the remembered one, and is remembered from then on", async () => {
  let [value, asked] = ["old", 0];
  const read = managedSecrets({
    getSecretValue: async () => {
      asked += 1;
      return { SecretString: value };
    },
  });
  expect(await read("s")).toBe("old");
  value = "new";
  expect(await read("s")).toBe("old");
  expect(await read("s", { anew: true })).toBe("new");
  expect([await read("s"), asked]).toEqual(["new", 2]);
});
