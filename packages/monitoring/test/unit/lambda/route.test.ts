import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { alarmDescription, OBSERVATION_EVENT } from "@sagewright/monitoring";
import { JiraDouble, PagerDutyDouble, SlackDouble } from "../alerts/receivers";
import { alertsInput, finding, observed, secrets } from "../alerts/routing";
import { bundled, invoke, openAws, openSecrets } from "./functions";

jest.setTimeout(60_000);

const topics = {
  critical: "arn:aws:sns:us-east-1:000000000000:critical",
  performance: "arn:aws:sns:us-east-1:000000000000:performance",
  minor: "arn:aws:sns:us-east-1:000000000000:minor",
};
const now = new Date(Date.now() - 60_000);

/** A message as SNS puts it into a queue. */
const notification = (topic: string, message: string, subject?: string) =>
  JSON.stringify({
    Type: "Notification",
    MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    TopicArn: topic,
    ...(subject === undefined ? {} : { Subject: subject }),
    Message: message,
    Timestamp: now.toISOString(),
    SignatureVersion: "1",
  });

/** A change of an alarm, as CloudWatch writes it. */
const alarm = (state: "ALARM" | "OK", at: Date, runbook = "errors") =>
  JSON.stringify({
    AlarmName: `churn-${runbook}`,
    AlarmDescription: alarmDescription({
      what: "More than 1 % of answers are 5xx, for five minutes.",
      action: "Read the function's log for the first error.",
      runbook,
      model: "churn",
    }),
    AWSAccountId: "000000000000",
    NewStateValue: state,
    NewStateReason: "Threshold Crossed: 5 datapoints were greater than the threshold (0.01).",
    StateChangeTime: at.toISOString().replace("Z", "+0000"),
    Region: "US East (N. Virginia)",
    OldStateValue: state === "OK" ? "ALARM" : "OK",
    Trigger: { MetricName: "5XXError", Namespace: "AWS/ApiGateway" },
  });

/** An event as a rule of EventBridge puts it into a queue. */
const busEvent = (detail: object, type: string = OBSERVATION_EVENT.detailType) =>
  JSON.stringify({ version: "0", id: "1", source: OBSERVATION_EVENT.source, "detail-type": type, detail });

const budget = [
  "AWS Budget Notification November 21, 2026",
  "AWS Account 000000000000",
  "",
  "Dear AWS Customer,",
  "",
  "You requested that we alert you when the ACTUAL Cost associated with your churn-prod budget is greater than $400.00 for the current month.",
  "",
  "Budget Name: churn-prod",
  "Budget Type: Cost",
  "Budgeted Amount: $500.00",
  "Alert Type: ACTUAL",
  "Alert Threshold: > $400.00",
  "ACTUAL Amount: $412.50",
].join("\n");

const batch = (...bodies: string[]) => ({
  Records: bodies.map((body, at) => ({ messageId: `m${at}`, body, eventSource: "aws:sqs" })),
});

describe("the router's bundle", () => {
  const [pagerduty, slack, jira] = [new PagerDutyDouble(), new SlackDouble(), new JiraDouble()];
  let aws: Awaited<ReturnType<typeof openAws>>;
  let manager: Awaited<ReturnType<typeof openSecrets>>;
  let variables: Record<string, string>;
  /** What Secrets Manager holds. */
  const held = { ...secrets };
  const route = bundled("route");

  beforeAll(async () => {
    aws = await openAws();
    manager = await openSecrets(held);
    variables = {
      ...aws.variables,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url,
      ALERTS: JSON.stringify(alertsInput),
      STATE_BUCKET: aws.bucket,
      STATE_KEY: "alerts/state.json",
      TOPIC_SEVERITIES: JSON.stringify(Object.fromEntries(Object.entries(topics).map(([name, arn]) => [arn, name]))),
      SAGEWRIGHT_PAGERDUTY_ADDRESS: await pagerduty.open(),
      SAGEWRIGHT_SLACK_ADDRESS: await slack.open(),
      SAGEWRIGHT_JIRA_ADDRESS: await jira.open(),
    };
  });
  afterAll(() => Promise.all([pagerduty.close(), slack.close(), jira.close(), manager.close(), aws.close()]));

  test("is at most 1 MB when zipped", () => {
    expect(deflateRawSync(readFileSync(route.file)).length).toBeLessThan(1024 * 1024);
  });

  test("tells alarms, observations and texts once, whatever comes twice, and leaves alone what it cannot read", async () => {
    const taken = batch(
      notification(topics.critical, alarm("ALARM", now)),
      notification(topics.critical, alarm("ALARM", now)),
      busEvent(observed(now, [finding()])),
      // The report says it already.
      notification(topics.performance, alarm("ALARM", now, "drift")),
      notification(topics.minor, budget, "AWS Budgets: churn-prod has exceeded your alert threshold"),
      "not JSON at all",
      notification("arn:aws:sns:us-east-1:000000000000:unknown", alarm("ALARM", now)),
      busEvent({}, "Something Else"),
      busEvent({ format: 1 }),
    );
    const first = await invoke(route.file, variables, [taken, taken, {}]);
    const failures = ["m5", "m6", "m7", "m8"].map((itemIdentifier) => ({ itemIdentifier }));
    expect(first.error).toBeUndefined();
    expect(first.answers).toEqual([
      { batchItemFailures: failures },
      { batchItemFailures: failures },
      { batchItemFailures: [] },
    ]);
    expect([...pagerduty.alerts.values()]).toMatchObject([
      {
        incidents: 1,
        status: "triggered",
        events: [
          {
            payload: {
              severity: "critical",
              custom_details: { "run-book": "https://example.com/our_runbooks/errors.md" },
            },
          },
        ],
      },
    ]);
    expect(slack.messages.map(({ text }) => text).sort()).toEqual([
      "churn: More than 1 % of answers are 5xx, for five minutes.",
      'churn: plan: "gold" rose from 9 % to 21 %.',
    ]);
    expect(jira.issues.map(({ fields }) => fields.summary)).toEqual([
      "service: The actual cost of the budget churn-prod is above $400.00.",
    ]);
    expect(JSON.stringify(first.lines)).not.toContain(secrets["prod/slack"]);

    const over = batch(
      notification(topics.critical, alarm("OK", new Date(now.getTime() + 1_000))),
      busEvent(observed(new Date(now.getTime() + 1_000), [], ["churn/drift/plan"])),
    );
    const second = await invoke(route.file, variables, [over]);
    expect(second.answers).toEqual([{ batchItemFailures: [] }]);
    expect([...pagerduty.alerts.values()][0]?.status).toBe("resolved");
    expect(slack.messages.filter(({ text }) => text.startsWith("Over: ")).map(({ thread_ts }) => thread_ts)).toEqual(
      expect.arrayContaining(slack.messages.slice(0, 2).map(({ ts }) => ts)),
    );
  });

  test("a batch that is taken in does not come again when its receiver is down; a later tick sends it", async () => {
    const later = new Date(now.getTime() + 5_000);
    slack.behave = () => ({ status: 503 });
    const down = await invoke(route.file, variables, [
      batch(busEvent(observed(later, [finding({ subject: "tenure" })]))),
    ]);
    expect(down.answers).toEqual([{ batchItemFailures: [] }]);
    expect(slack.messages).toHaveLength(4);
    slack.behave = () => "well";
    const at = { Bucket: aws.bucket, Key: "alerts/state.json" };
    const state = JSON.parse((await (await aws.s3.getObject(at)).Body?.transformToString()) ?? "");
    expect(Date.parse(state.targets.team.pausedUntil)).toBeGreaterThan(Date.now());
    // As if the pause were over.
    const team = { ...state.targets.team, pausedUntil: new Date().toISOString() };
    const over = { ...state, targets: { ...state.targets, team } };
    over.outbox = over.outbox.map(({ due: _, ...delivery }: { due?: string }) => delivery);
    await aws.s3.putObject({ ...at, Body: JSON.stringify(over) });
    await invoke(route.file, variables, [{ time: later.toISOString() }]);
    expect(slack.messages.slice(4).map(({ text }) => text)).toEqual(['churn: tenure: "gold" rose from 9 % to 21 %.']);
  });

  test.each([
    ["later", false],
    ["while a process remembers the old one", true],
  ])("a secret that is mended %s lets out what waits with the next tick", async (name, atOnce) => {
    const own = { ...variables, STATE_KEY: `monitoring/alerts/churn-${name.replaceAll(" ", "-")}.json` };
    const team = "prod/slack" as const;
    const right = secrets[team] ?? "";
    held[team] = "xoxb-revoked";
    const before = slack.messages.length;
    slack.behave = ({ headers }) => {
      const isRight = headers.authorization === `Bearer ${right}`;
      if (!isRight && atOnce) held[team] = right;
      return isRight ? "well" : { status: 401 };
    };
    const findings = ["one", "two"].map((subject) => finding({ subject: `${subject} ${name}` }));
    const refused = await invoke(route.file, own, [batch(busEvent(observed(now, findings))), {}]);
    expect(refused.error).toBeUndefined();
    if (!atOnce) {
      const arrivals = slack.arrivals.length;
      await invoke(route.file, own, [{}]);
      expect([slack.messages.length, slack.arrivals.length]).toEqual([before, arrivals]);
      held[team] = right;
      await invoke(route.file, own, [{}]);
    }
    slack.behave = () => "well";
    const told = slack.messages.slice(before).map(({ text }) => text);
    expect(told.filter((text) => text.startsWith("churn: "))).toEqual([
      expect.stringContaining(`one ${name}`),
      expect.stringContaining(`two ${name}`),
    ]);
    expect(JSON.stringify(refused.lines)).not.toContain("xoxb-revoked");
    // By the name of the memory people see which environment it is.
    expect(JSON.stringify(slack.messages.at(-1)?.blocks)).toContain(`*Where:* churn-${name.replaceAll(" ", "-")}`);
  });

  test("says which variable is missing or wrong", async () => {
    const { STATE_KEY: _, ...without } = variables;
    expect((await invoke(route.file, without, [{}])).error).toBe(
      "The variable STATE_KEY is not set. Set it on the function.",
    );
    const wrong = { ...variables, TOPIC_SEVERITIES: '{"a":"loud"}' };
    expect((await invoke(route.file, wrong, [{}])).error).toMatch(/^The variable TOPIC_SEVERITIES a: Invalid option/);
  });
});
