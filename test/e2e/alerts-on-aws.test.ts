import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { S3 } from "@aws-sdk/client-s3";
import { type Cloud, openCloud } from "@sagewright/local";
import { AlertRouter, AlertStore, defineAlerts, s3Document } from "@sagewright/monitoring";
import { JiraDouble, SlackDouble } from "../../packages/monitoring/test/unit/alerts/receivers";
import { finding, observed } from "../../packages/monitoring/test/unit/alerts/routing";
import { cli, scratchFolders } from "../support/cli";

/**
 * Where a function on AWS tells people, the command line reads and repairs what that function remembers, so that it is the one
 * memory of both.
 */
jest.setTimeout(60_000);

const newFolder = scratchFolders();
const environment = {
  name: "trial",
  account: "000000000000",
  region: "us-east-1",
  serving: { mode: "embedded" },
  alerts: {
    targets: {
      team: { type: "slack", secret: "trial/slack", channel: "#churn-model" },
      backlog: { type: "jira", secret: "trial/jira", site: "https://example.atlassian.net", project: "CHURN" },
    },
    routes: { critical: [], performance: ["team"], minor: ["backlog"] },
  },
};
const secrets: Record<string, string> = {
  "trial/slack": ["xoxb", "1", "token"].join("-"),
  "trial/jira": JSON.stringify({ email: "bot@example.org", token: "t" }),
};

let cloud: Cloud;
const [slack, jira] = [new SlackDouble(), new JiraDouble()];
let addresses: { slack: string; jira: string };
let url: string;
const folder = newFolder();

beforeAll(async () => {
  cloud = await openCloud({ stateDir: join(newFolder(), "state") });
  url = (await cloud.listen({ host: "127.0.0.1", port: 0 })).url;
  addresses = { slack: await slack.open(), jira: await jira.open() };
  mkdirSync(join(folder, "config"));
  writeFileSync(join(folder, "config/trial.json"), JSON.stringify(environment));
});
afterAll(() => Promise.all([slack.close(), jira.close(), cloud.close()]));

/** The router as its function on AWS has it. */
function functionsRouter(): AlertRouter {
  const client = new S3(cloud.clientConfig());
  const bucket = `sagewright-${cloud.region}-${cloud.accountId}`;
  return new AlertRouter({
    alerts: defineAlerts(environment.alerts),
    store: new AlertStore(s3Document({ client, bucket, key: "monitoring/alerts/churn-trial.json" })),
    secrets: async (name) => secrets[name] ?? "",
    clock: { now: () => new Date(), sleep: async () => undefined },
    addresses,
  });
}

const monitor = (...words: string[]) =>
  cli(["monitor", ...words, "--env", "trial", "--endpoint-url", url, "--json"], {
    cwd: folder,
    env: {
      TRIAL_SLACK: secrets["trial/slack"] ?? "",
      TRIAL_JIRA: secrets["trial/jira"] ?? "",
      SAGEWRIGHT_SLACK_ADDRESS: addresses.slack,
      SAGEWRIGHT_JIRA_ADDRESS: addresses.jira,
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
    },
  });

test("what the function gave up is listed, and sent once more in its place", async () => {
  jira.behave = ({ method }) => (method === "POST" ? { status: 400 } : "well");
  await functionsRouter().accept(observed(new Date(), [finding(), finding({ subject: "odd", severity: "minor" })]));
  await functionsRouter().deliver();
  const listed = JSON.parse((await monitor("alerts")).stdout);
  expect(listed.incidents.map(({ severity, closed }: Record<string, unknown>) => [severity, closed])).toEqual(
    expect.arrayContaining([
      ["performance", null],
      ["minor", null],
    ]),
  );
  expect(listed.dead).toMatchObject([{ target: "backlog", because: "Jira answered 400" }]);
  jira.behave = () => "well";
  const replayed = await monitor("alerts", "replay");
  expect(replayed.code).toBe(0);
  expect(JSON.parse(replayed.stdout)).toMatchObject({ replayed: 1, failed: 0, waiting: 0 });
  expect(jira.issues).toHaveLength(1);
  expect(await functionsRouter().deadLetters()).toEqual([]);
  // The function does not tell it again.
  await functionsRouter().deliver();
  expect(slack.messages.filter(({ text }) => text.startsWith("churn: plan"))).toHaveLength(1);
});

test("a test alert leaves no trace in the function's memory", async () => {
  const before = await functionsRouter().state();
  expect((await monitor("test-alert")).code).toBe(0);
  expect(await functionsRouter().state()).toEqual(before);
});
