import { once } from "node:events";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { cli, scratchFolders, startCli } from "../support/cli";
import { type Served, serve } from "../support/served";
import { customers, tiny, tinyProduct } from "../support/tiny-product";

/** What is served is watched: captures and outcomes become a verdict, a page, alerts, and a challenger. */
jest.setTimeout(180_000);

const newFolder = scratchFolders();
const TRAINED = 1_500;
const SENT = 500;

interface Report {
  verdict: string;
  sentence: string;
  next: string;
  drift: { verdict: string; rows: number; features: { feature: string; verdict: string }[] };
  performance: { overall: { verdict: string; labelled: number; metrics: { rocAuc: { value: number } } } };
  features: { feature: string }[];
  file: string;
}

interface Run {
  read: { predictions: number; files: number };
  verdict: string;
  sentence: string;
  drifted: string[];
  told: { findings: number; delivered: number } | null;
  retraining: {
    decision: { start: boolean };
    data?: { splits?: Record<"train" | "validation" | "test", number> };
    outcome?: { result: object };
  } | null;
}

let folder: string;
let server: Served;
let receiver: Server;
const messages: string[] = [];
const monitor = async <T>(...words: string[]): Promise<T> => {
  const { port } = receiver.address() as AddressInfo;
  const env = { TRIAL_SLACK: `http://127.0.0.1:${port}/services/hook` };
  const ended = await cli(["monitor", ...words, "--json"], { cwd: folder, env });
  expect({ code: ended.code, stderr: ended.code === 0 ? "" : ended.stderr }).toEqual({ code: 0, stderr: "" });
  return ended.json<T>();
};

beforeAll(async () => {
  folder = newFolder();
  receiver = createServer((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      messages.push(body);
      response.end("ok");
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  await tinyProduct(folder, TRAINED);
  writeEnvironment(folder);
  expect((await cli(["run", tiny, "--json"], { cwd: folder })).code).toBe(0);
  expect((await cli(["models", "approve", `${tiny}/1`], { cwd: folder })).code).toBe(0);
  server = await serve(folder, tiny, "--capture", "1");
});

afterAll(async () => {
  await server.end();
  receiver.close();
});

test("a window without predictions is not one without drift", async () => {
  const report = await monitor<Report>("report", tiny);
  expect([report.verdict, report.drift.verdict]).toEqual(["unknown", "no_data"]);
  expect(report.sentence).toContain("nothing can be said about drift");
  expect(report.sentence).not.toMatch(/no drift/i);
  expect(readFileSync(report.file, "utf8")).not.toMatch(/no drift/i);
});

test("customers like those of the training raise nothing, and their outcomes are measured", async () => {
  const sent = await send(customersFrom(TRAINED, SENT));
  for (const { predictionId, churn } of sent) {
    const { status } = await server.ask("/feedback", { predictionId, outcome: churn === "yes" });
    expect(status).toBe(202);
  }
  await captured();
  const first = await monitor<Run>("run", tiny);
  expect(first).toMatchObject({ read: { predictions: SENT }, drifted: [], verdict: "in_order" });
  const again = await monitor<Run>("run", tiny);
  expect(again).toMatchObject({ read: { predictions: 0, files: 0 }, sentence: first.sentence });
  const { performance } = await monitor<Report>("report", tiny);
  expect(performance.overall).toMatchObject({ verdict: "measured", labelled: SENT });
  expect(performance.overall.metrics.rocAuc.value).toBeCloseTo(auc(sent), 9);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toMatch(new RegExp(`^sagewright_captured_predictions{model="${tiny}"} ${SENT}$`, "m"));
  const [, shown] = /^sagewright_roc_auc{model="tiny"} (\S+)$/m.exec(metrics) ?? [];
  expect(Number(shown)).toBe(performance.overall.metrics.rocAuc.value);
});

test("a shift of one column is named first, in the table, on the page and to people; a challenger is trained", async () => {
  const sent = await send(
    customersFrom(TRAINED + SENT, SENT).map((row) => ({ ...row, tenure: Math.min(72, row.tenure + 25) })),
  );
  const labels = join(folder, "labels.csv");
  const rows = sent.map(({ predictionId, churn }) => `${predictionId},${churn}`);
  writeFileSync(labels, `prediction_id,left\n${rows.join("\n")}\nno such id!,yes\n${rows[0]?.split(",")[0]},perhaps\n`);
  expect(await monitor("labels", "--file", "labels.csv", "--id", "prediction_id", "--outcome", "left")).toMatchObject({
    labels: SENT,
    refused: 2,
  });
  await captured();
  const run = await monitor<Run>("run", tiny, "--env", "trial", "--local");
  expect(run).toMatchObject({ read: { predictions: SENT }, verdict: "attention", drifted: ["tenure"] });
  expect(run.told).toMatchObject({ delivered: 1 });
  expect(run.retraining).toMatchObject({
    decision: { start: true },
    outcome: { result: { kind: "waiting", version: "2" } },
  });
  const { data } = run.retraining ?? {};
  expect(data).toMatchObject({ history: TRAINED, fresh: 2 * SENT });
  const { train = 0, validation = 0, test: tested = 0 } = data?.splits ?? {};
  expect(train + validation + tested).toBe(2 * SENT);
  // Predictions of one millisecond stay together.
  for (const [rows, expected] of [
    [train, 1.4 * SENT],
    [validation, 0.3 * SENT],
    [tested, 0.3 * SENT],
  ] as const)
    expect(Math.abs(rows - expected)).toBeLessThan(20);
  expect(messages).toHaveLength(2);
  expect(messages[0]).toContain("tenure");
  expect(messages[0]).toContain("*Where:* trial");
  expect(messages[1]).toMatch(/is version 2 and waits for its approval/);

  const rest = await monitor<Run>("run", tiny, "--env", "trial", "--local");
  expect(rest.retraining).toMatchObject({ decision: { start: false, rule: "cooling_down" } });
  expect(messages).toHaveLength(2);

  const words = ["--window", "24h", "--out", "report.html", "--model-monitor", "documents"];
  const report = await monitor<Report>("report", tiny, ...words);
  const document = (name: string) => JSON.parse(readFileSync(join(folder, "documents", `${name}.json`), "utf8"));
  expect(document("statistics")).toMatchObject({ dataset: { item_count: 2 * SENT } });
  expect(document("constraints").features.map(({ name }: { name: string }) => name)).toContain("tenure");
  expect(JSON.stringify(document("constraint_violations"))).toContain("tenure");
  expect(report.features[0]).toMatchObject({ feature: "tenure" });
  expect(report.drift.features.filter(({ verdict }) => verdict === "drift")).toMatchObject([{ feature: "tenure" }]);
  expect(report.performance.overall.labelled).toBe(2 * SENT);
  expect(report.next).toContain(`sagewright retrain ${tiny}`);
  const page = readFileSync(report.file, "utf8");
  expect(page).toMatch(/<main>\s*<h1><span class="state warn">.*Attention\..*tenure: the mean rose/);
  expect(page).not.toMatch(/<script|src=|href="https?:/);
  expect(statSync(report.file).size).toBeLessThan(300_000);
  const { incidents } = await monitor<{ incidents: { closed: string | null; title: string }[] }>("alerts", "list");
  expect(incidents).toMatchObject([{ closed: null, title: expect.stringContaining("tenure") }]);
});

test("summaries are lost, and captures are read again, to the same figures", async () => {
  const before = await monitor<Report>("report", tiny);
  const again = await monitor<Run>("run", tiny, "--again");
  expect(again.read.predictions).toBe(2 * SENT);
  const after = await monitor<Report>("report", tiny);
  expect(after.drift).toEqual(before.drift);
  expect(after.performance).toEqual(before.performance);
});

test("a reading that is killed at any moment leaves what the next one makes whole", async () => {
  const before = await monitor<Report>("report", tiny);
  for (const afterMs of [250, 400, 550, 700, 850]) {
    const child = startCli(["monitor", "run", tiny, "--again", "--json"], { cwd: folder });
    const ended = once(child, "close");
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    child.kill("SIGKILL");
    await ended;
  }
  await monitor<Run>("run", tiny);
  const after = await monitor<Report>("report", tiny);
  expect([after.drift, after.performance]).toEqual([before.drift, before.performance]);
});

test("labels go to S3 and are read from there", async () => {
  const truth = "s3://sagewright-us-east-1-000000000000/truth";
  const words = ["--file", "labels.csv", "--id", "prediction_id", "--outcome", "left", "--to", truth];
  expect(await monitor("labels", ...words)).toMatchObject({ labels: SENT, refused: 2 });
  const { performance } = await monitor<Report>("report", tiny, "--ground-truth", truth);
  expect(performance.overall.labelled).toBe(SENT);
  const half = await monitor<Report>("report", tiny, "--ground-truth", "nowhere");
  expect(half.performance.overall).toMatchObject({ labelled: 0, verdict: "no_labels" });
});

test("what is wrong is said, and nothing is done", async () => {
  const here = (...words: string[]) => cli(["monitor", ...words, "--json"], { cwd: folder });
  expect((await here("report", "--window", "soon")).code).toBe(2);
  expect((await here("report", "--window", "7d", "--since", "2026-01")).code).toBe(2);
  expect((await here("report", "tyni")).code).toBe(2);
  expect((await here("test-alert")).code).toBe(2);
  const silent = await here("test-alert", "--env", "trial", "--local", "--to", "team");
  expect(silent.code).toBe(5);
  expect(silent.stdout).toContain("TRIAL_SLACK");
  expect((await here("labels", "--file", "customers.csv")).code).toBe(2);
  expect((await cli(["retrain", "tyni"], { cwd: folder })).code).toBe(2);
});

interface Customer {
  customer: string;
  tenure: number;
  plan: string;
  charge: number;
}

interface Answered {
  predictionId: string;
  score: number;
  churn: string;
}

function customersFrom(start: number, count: number): (Customer & { churn: string })[] {
  const lines = customers(start + count).slice(1 + start);
  return lines.map((line) => {
    const [customer = "", tenure, plan = "", charge, churn = ""] = line.split(",");
    return { customer, tenure: Number(tenure), plan, charge: Number(charge), churn };
  });
}

async function send(rows: readonly (Customer & { churn: string })[]): Promise<Answered[]> {
  const answers: Answered[] = [];
  for (const { churn, ...row } of rows) {
    const { status, body } = await server.ask("/predict", row);
    expect({ status, body }).toMatchObject({ status: 200 });
    answers.push({ predictionId: body.predictionId, score: body.churnProbability, churn });
  }
  return answers;
}

/** Captures are written a second after the prediction at the latest. */
async function captured(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
}

/** The share of pairs in the right order: ROC AUC by its meaning. */
function auc(sent: readonly Answered[]): number {
  const [left, stayed] = [true, false].map((is) => sent.filter(({ churn }) => (churn === "yes") === is)) as [
    Answered[],
    Answered[],
  ];
  const wins = left.flatMap((one) => stayed.map((other) => (Math.sign(one.score - other.score) + 1) / 2));
  return wins.reduce((sum, win) => sum + win, 0) / wins.length;
}

function writeEnvironment(project: string): void {
  const environment = {
    name: "trial",
    account: "000000000000",
    region: "us-east-1",
    gate: { minimumAuc: 0.6, margin: 0.1 },
    serving: { mode: "embedded" },
    alerts: {
      targets: { team: { type: "slack", secret: "trial/slack" } },
      routes: { critical: ["team"], performance: ["team"], minor: ["team"] },
    },
    retraining: { schedule: "none" },
  };
  mkdirSync(join(project, "config"), { recursive: true });
  writeFileSync(join(project, "config/trial.json"), JSON.stringify(environment));
}
