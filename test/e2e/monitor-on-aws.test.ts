import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { S3 } from "@aws-sdk/client-s3";
import { AlertRouter, AlertStore, defineAlerts, s3Document } from "@sagewright/monitoring";
import { SlackDouble } from "../../packages/monitoring/test/unit/alerts/receivers";
import { finding, observed } from "../../packages/monitoring/test/unit/alerts/routing";
import { cli, scratchFolders, startCli } from "../support/cli";
import { type Served, serve } from "../support/served";
import { customers, tiny, tinyProduct } from "../support/tiny-product";

/**
 * `sagewright monitor --env NAME` against what answers in place of AWS: another process (`sagewright cloud`), reached over HTTP as AWS
 * is. Captures and labels lie in the environment's bucket, where `serve` and `monitor labels` wrote them.
 */
jest.setTimeout(180_000);

const newFolder = scratchFolders();
const TRAINED = 900;
const SENT = 400;
const bucket = "sagewright-us-east-1-000000000000";
const team = { type: "slack", secret: "stand/slack", channel: "#churn-model" } as const;
const environment = {
  name: "stand",
  account: "000000000000",
  region: "us-east-1",
  gate: { minimumAuc: 0.6 },
  serving: { mode: "embedded" },
  alerts: { targets: { team }, routes: { critical: ["team"], performance: ["team"], minor: ["team"] } },
};
const token = ["xoxb", "1", "token"].join("-");
const slack = new SlackDouble();

let folder: string;
let cloud: ReturnType<typeof startCli>;
let answered: { predictionId: string; churnProbability: number; churn: string }[];
let slackAddress: string;

const monitor = async <T>(words: string[], env: NodeJS.ProcessEnv = { STAND_SLACK: token }): Promise<T> => {
  const ended = await cli(["monitor", ...words, "--env", "stand", "--json"], { cwd: folder, env });
  expect({ code: ended.code, stderr: ended.code === 0 ? "" : ended.stderr }).toEqual({ code: 0, stderr: "" });
  return ended.json<T>();
};

beforeAll(async () => {
  folder = newFolder();
  cloud = startCli(["cloud", "--port", "0", "--state", join(newFolder(), "state")]);
  // Every command of this file finds the cloud as it would find AWS.
  process.env.AWS_ENDPOINT_URL = await addressOf(cloud);
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_EC2_METADATA_DISABLED: "true" });
  slackAddress = await slack.open();
  process.env.SAGEWRIGHT_SLACK_ADDRESS = slackAddress;
  await tinyProduct(folder, TRAINED);
  mkdirSync(join(folder, "config"));
  writeFileSync(join(folder, "config/stand.json"), JSON.stringify(environment));
  for (const words of [
    ["publish", tiny],
    ["run", tiny],
    ["models", "approve", `${tiny}/1`],
  ]) {
    const { code, stderr } = await cli([...words, "--env", "stand", "--json"], { cwd: folder });
    expect({ words, code, stderr: code === 0 ? "" : stderr }).toEqual({ words, code: 0, stderr: "" });
  }
});

afterAll(async () => {
  const ended = once(cloud, "close");
  cloud.kill("SIGINT");
  await Promise.all([ended, slack.close()]);
});

test("what is served is captured in the environment's bucket, and labels go beside it", async () => {
  const place = `s3://${bucket}/captures/${tiny}`;
  const server = await serve(folder, tiny, "--env", "stand", "--capture", "1", "--capture-to", place);
  answered = await sent(server);
  // The last captures are written when it ends.
  await server.end();
  const rows = answered.map(({ predictionId, churn }) => `${predictionId},${churn}`);
  writeFileSync(join(folder, "labels.csv"), `predictionId,churn\n${rows.join("\n")}\n`);
  expect(await monitor(["labels", "--file", "labels.csv"])).toMatchObject({ labels: SENT, refused: 0 });
  const s3 = new S3({ endpoint: process.env.AWS_ENDPOINT_URL ?? "", region: "us-east-1", forcePathStyle: true });
  const listed = async (Prefix: string) => (await s3.listObjectsV2({ Bucket: bucket, Prefix })).Contents ?? [];
  expect(await listed("ground-truth/")).not.toEqual([]);
  const captures = await listed(`captures/${tiny}/`);
  expect(captures).not.toEqual([]);
  // Another model has a name that begins with this one's.
  for (const { Key = "" } of captures) {
    const { Body } = await s3.getObject({ Bucket: bucket, Key });
    const others = (await Body?.transformToString())?.replace(/"eventId":"/g, '"eventId":"other-');
    expect(others).toContain('"eventId":"other-');
    await s3.putObject({ Bucket: bucket, Key: Key.replace(tiny, `${tiny}-elsewhere`), Body: others ?? "" });
  }
  s3.destroy();
});

test("the report reads both from there, to the figures that the answers have", async () => {
  const report = await monitor<Report>(["report", tiny, "--window", "24h", "--out", "report.html"]);
  expect(report).toMatchObject({ verdict: "attention", drift: { rows: SENT, verdict: "drift" } });
  expect(report.drift.features.filter(({ verdict }) => verdict === "drift")).toMatchObject([{ feature: "tenure" }]);
  expect(report.performance.overall).toMatchObject({ verdict: "measured", labelled: SENT, predictions: SENT });
  expect(report.performance.overall.metrics.rocAuc.value).toBeCloseTo(auc(), 9);
  expect(report.next).toContain(`sagewright retrain ${tiny} --env stand`);
  expect(report.sentence).toMatch(/ over 400 predictions from \w+day \d+ \w+,? /);
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain(report.drift.features[0]?.sentence ?? "");
  // A prefix that nobody writes to is a window without data.
  const elsewhere = ["--captures", `s3://${bucket}/nothing/here`, "--state", newFolder()];
  const nothing = await monitor<Report>(["report", tiny, ...elsewhere]);
  expect([nothing.verdict, nothing.drift.verdict]).toEqual(["unknown", "no_data"]);
});

test("a run tells people by the memory of the function on AWS, and says what waits and why", async () => {
  const memory = { bucket, key: `monitoring/alerts/${tiny}-stand.json` };
  const client = new S3({ endpoint: process.env.AWS_ENDPOINT_URL ?? "", region: "us-east-1", forcePathStyle: true });
  const router = new AlertRouter({
    alerts: defineAlerts(environment.alerts),
    store: new AlertStore(s3Document({ client, ...memory })),
    secrets: async () => "xoxb-revoked",
    clock: { now: () => new Date(), sleep: async () => undefined },
    addresses: { slack: slackAddress },
  });
  slack.behave = ({ headers }) => (headers.authorization === `Bearer ${token}` ? "well" : { status: 401 });
  await router.accept(observed(new Date(), [finding({ model: { name: tiny } })]));
  await router.deliver();
  const listed = await cli(["monitor", "alerts", "--env", "stand"], { cwd: folder });
  expect(listed.stdout).toMatch(/! 1 message waits for team: Slack answered 401\n/);
  expect(listed.stdout).toMatch(/Next: put the right value into Secrets Manager under stand\/slack, .*within a minute/);

  const run = await monitor<{ drifted: string[]; told: object; read: object }>(["run", tiny]);
  expect(run).toMatchObject({ drifted: ["tenure"], told: { failed: 0, waiting: 0 }, read: { predictions: 0 } });
  const { incidents, waiting } = await monitor<{ incidents: { title: string }[]; waiting: object[] }>(["alerts"]);
  expect(waiting).toEqual([]);
  expect(incidents.some(({ title }) => title.startsWith("tenure: the mean rose"))).toBe(true);
  expect(slack.messages.filter(({ text }) => text.startsWith(`${tiny}: tenure: the mean rose`))).toHaveLength(1);
  // The function goes on where the command stopped: nobody is told again.
  const before = slack.messages.length;
  await monitor(["run", tiny]);
  expect(slack.messages).toHaveLength(before);
  client.destroy();
});

interface Report {
  verdict: string;
  sentence: string;
  next: string;
  drift: { verdict: string; rows: number; features: { feature: string; verdict: string; sentence: string }[] };
  performance: {
    overall: { verdict: string; labelled: number; predictions: number; metrics: { rocAuc: { value: number } } };
  };
}

function addressOf(child: ReturnType<typeof startCli>): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.once("close", () => reject(new Error(`The cloud ended: ${text}`)));
    child.stdout?.on("data", (chunk) => {
      text += chunk;
      const [, found] = /answer at (http:\S+)/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
}

/** Customers that the model never saw, all of them two years longer with us. */
async function sent(server: Served): Promise<typeof answered> {
  const lines = customers(TRAINED + SENT).slice(1 + TRAINED);
  const rows = lines.map((line) => {
    const [customer = "", tenure, plan = "", charge, churn = ""] = line.split(",");
    return { churn, row: { customer, tenure: Math.min(72, Number(tenure) + 24), plan, charge: Number(charge) } };
  });
  const answers: typeof answered = [];
  for (const { churn, row } of rows) {
    const { status, body } = await server.ask("/predict", row);
    expect({ status, body }).toMatchObject({ status: 200 });
    answers.push({ predictionId: body.predictionId, churnProbability: body.churnProbability, churn });
  }
  return answers;
}

/** The share of pairs in the right order: ROC AUC by its meaning. */
function auc(): number {
  const scores = (of: string) => answered.filter(({ churn }) => churn === of).map((each) => each.churnProbability);
  const [left, stayed] = [scores("yes"), scores("no")];
  const wins = left.flatMap((one) => stayed.map((other) => (Math.sign(one - other) + 1) / 2));
  return wins.reduce((sum, win) => sum + win, 0) / wins.length;
}
