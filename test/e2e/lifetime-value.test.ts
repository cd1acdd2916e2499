import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, scratchFolders } from "../support/cli";
import { type Served, serve } from "../support/served";
import { shrink, tiny, tinyProduct } from "../support/tiny-product";

/** Two products of one project, trained and served together; and a model that trains again when it is asked to. */
jest.setTimeout(180_000);

const newFolder = scratchFolders();
const customer = { tenure: 2, plan: "basic", charge: 42.5 };
let folder: string;
let state: string;
let served: Served | undefined;

const here = (...words: string[]) => cli([...words, "--json", "--state", state], { cwd: folder });

beforeAll(async () => {
  folder = (await tinyProduct(newFolder())).folder;
  state = join(folder, "state");
  writeFileSync(join(folder, "worth.csv"), `account,income,years,region,worth\n${accounts().join("\n")}\n`);
  const words = ["--target", "worth", "--id", "account", "--keep", "income", "--name", "worth", "--trials", "2"];
  expect((await here("init", "--data", "worth.csv", ...words)).stderr).toBe("");
  shrink(join(folder, "pipelines/worth/pipeline.ts"));
  for (const name of [tiny, "worth"]) {
    expect((await here("run", name)).code).toBe(0);
    expect((await here("models", "approve", `${name}/1`)).code).toBe(0);
  }
});
afterEach(() => served?.end("SIGKILL"));

/** Accounts of poor and of rich people; what they are worth is about a hundred times their income. */
function accounts(): string[] {
  return Array.from({ length: 240 }, (_, index) => {
    const income = index % 2 === 0 ? 1 + (index % 5) : 60 + (index % 29);
    const years = (index * 7) % 41;
    const worth = income * 100 + years + ((index * 7919) % 97);
    return `${index},${income},${years},${index % 3 === 0 ? "north" : "south"},${worth}`;
  });
}

test("what a customer is worth comes with the prediction and chooses the tier within its band", async () => {
  served = await serve(folder, tiny, "--lifetime-value", "worth", "--state", state);
  expect(served.document.lifetimeValue).toMatch(/:model-package\/worth\/1$/);
  const answers = [];
  for (const more of [{}, { income: 3 }, { income: 80, region: "south" }]) {
    const { status, body } = await served.ask("/predict", { ...customer, ...more });
    expect(status).toBe(200);
    answers.push(body);
  }
  const [unknown, poor, rich] = answers;
  // The probability is the churn model's alone, in the highest band of the usual policy.
  expect(new Set(answers.map(({ churnProbability }) => churnProbability)).size).toBe(1);
  expect(unknown.churnProbability).toBeGreaterThan(0.6);
  expect(unknown).toMatchObject({ riskTier: "CRITICAL", lifetimeValue: null });
  expect(poor).toMatchObject({ riskTier: "HIGH PRIORITY", lifetimeValue: { tier: "LOW", modelVersion: "1" } });
  expect(rich).toMatchObject({ riskTier: "CRITICAL", lifetimeValue: { tier: "HIGH", modelVersion: "1" } });
  expect(poor.lifetimeValue.value).toBeLessThan(1000);
  expect(rich.lifetimeValue.value).toBeGreaterThan(6000);

  // The value is the second model's own, to the last bit.
  const alone = await here("predict", "worth", "--row", JSON.stringify({ income: 80, years: null, region: "south" }));
  expect(alone.json<{ prediction: number }>().prediction).toBe(rich.lifetimeValue.value);

  const refused = await served.ask("/predict", { ...customer, tenure: -1, region: "west" });
  expect([refused.status, refused.body.errors.map(({ path }: { path: string }) => path)]).toEqual([
    422,
    ["/tenure", "/region"],
  ]);
  const { body: model } = await served.ask("/model");
  expect(model.lifetimeValue).toMatchObject({ name: "worth", version: "1", task: "regression" });
  expect(model.lifetimeValue.digest).toMatch(/^[0-9a-f]{64}$/);
});

test("a file of customers and one at the prompt get what the API answers, number by number", async () => {
  const columns = ["tenure", "plan", "charge", "income", "years", "region"];
  const rows = Array.from({ length: 60 }, (_, index) => [
    ...[index % 70, index % 2 === 0 ? "basic" : "premium", 20 + index],
    ...(index % 3 === 0 ? ["", "", ""] : [index % 2 === 0 ? 3 : 80, index % 5, index % 4 === 0 ? "" : "north"]),
  ]);
  const bad = ["3,basic,20,4,2,west", "9007199254740993,basic,20,4,2,north", "1,basic,-1,4,2,"];
  const csv = [columns.join(","), ...rows.map((row) => row.join(",")), ...bad, ""].join("\n");
  writeFileSync(join(folder, "both.csv"), csv);
  served = await serve(folder, tiny, "--lifetime-value", "worth", "--state", state);
  const headers = { "content-type": "text/csv", accept: "application/x-ndjson" };
  const response = await fetch(`${served.url}/predict/batch`, { method: "POST", headers, body: csv });
  const answers = (await response.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const expected = answers.slice(0, 60).map(({ prediction: { lifetimeValue, ...each } }) => ({
    ...{ churn_probability: each.churnProbability, churn_predicted: each.decision.churn ? "yes" : "no" },
    ...{ riskTier: each.riskTier, recommendation: each.recommendation, confidence: each.confidence },
    ...{ lifetimeValue: lifetimeValue?.value ?? null, valueTier: lifetimeValue?.tier ?? null },
  }));
  expect(new Set(expected.map(({ riskTier }) => riskTier)).size).toBeGreaterThan(2);

  const names = Object.keys(expected[0] ?? {});
  const predict = (from: string, out: string) =>
    here("predict", tiny, "--lifetime-value", "worth", "--file", from, "--out", out);
  const codes: unknown[] = [];
  for (const out of ["both.ndjson", "both.parquet", "scored.csv"]) {
    const done = await predict("both.csv", join(folder, out));
    expect([out, done.code, done.stderr]).toEqual([out, 0, ""]);
    codes.push(done.json<{ byCode: object }>().byCode);
  }
  for (const byCode of codes) expect(byCode).toEqual({ above_maximum: 1, below_minimum: 1, unknown_category: 1 });
  expect(answers.slice(60).map(({ problem }) => problem.errors[0].code)).toEqual([
    ...["unknown_category", "above_maximum", "below_minimum"],
  ]);
  const scoresOf = (row: Record<string, unknown>) => Object.fromEntries(names.map((name) => [name, row[name]]));
  const lines = readFileSync(join(folder, "both.ndjson"), "utf8").trimEnd().split("\n");
  expect(lines.map((line) => scoresOf(JSON.parse(line)))).toEqual(expected);
  // The table that came out of Parquet is read by the product itself, and scored again to the same values.
  expect((await predict("both.ndjson", join(folder, "again.ndjson"))).code).toBe(0);
  const again = readFileSync(join(folder, "again.ndjson"), "utf8").trimEnd().split("\n");
  expect(again.map((line) => scoresOf(JSON.parse(line)))).toEqual(expected);
  const [header = "", first = ""] = readFileSync(join(folder, "scored.csv"), "utf8").split("\n");
  expect(header).toBe([...columns, ...names].join(","));
  expect(first).toContain(`,${expected[0]?.riskTier},`);

  const row = { ...customer, income: 80, years: null, region: "south" };
  const alone = await here("predict", tiny, "--lifetime-value", "worth", "--row", JSON.stringify(row));
  const { body } = await served.ask("/predict", row);
  const { prediction, riskTier, lifetimeValue } = alone.json<Record<string, unknown>>();
  expect({ prediction, riskTier, lifetimeValue }).toEqual({
    ...{ prediction: body.churnProbability, riskTier: body.riskTier, lifetimeValue: body.lifetimeValue },
  });
  for (const words of [
    JSON.stringify({ ...row, region: "west" }),
    JSON.stringify({ ...row, tenure: 9007199254740992 }),
  ]) {
    expect((await here("predict", tiny, "--lifetime-value", "worth", "--row", words)).code).toBe(3);
  }
  expect((await here("predict", tiny, "--row", JSON.stringify({ ...customer, tenure: 2 ** 53 }))).code).toBe(3);
});

test("a model that predicts no value is no lifetime-value model", async () => {
  const { code, json } = await here("serve", tiny, "--lifetime-value", tiny, "--port", "0");
  expect([code, json<{ error: { code: string } }>().error.code]).toEqual([2, "not_a_value_model"]);
});

test("POST /retrain repeats the run that made the model, once for its key, also for a server that was killed", async () => {
  const again = (reason = "monthly") => served?.ask("/retrain", { reason }, { "idempotency-key": "monthly-2026-11" });
  served = await serve(folder, tiny, "--state", state);
  const first = await again();
  expect(first).toMatchObject({ status: 202, body: { started: true } });
  const { runId, executionArn } = first?.body ?? {};
  expect(executionArn).toBe(`arn:aws:sagemaker:us-east-1:000000000000:pipeline/${tiny}-training/execution/${runId}`);
  await served.end("SIGKILL");

  served = await serve(folder, tiny, "--state", state);
  expect(await again()).toEqual({ status: 202, body: { runId, executionArn, started: false } });
  expect((await again("drift"))?.body.code).toBe("idempotency_conflict");
  const { runs } = (await here("runs", "list")).json<{ runs: { id: string; pipeline: string; status: string }[] }>();
  const ofTiny = runs.filter(({ pipeline }) => pipeline === `${tiny}-training`);
  expect(ofTiny.map(({ id }) => id)).toHaveLength(2);
  expect(ofTiny[0]?.id).toBe(runId);
  expect(await ended(runId)).toBe("Succeeded");
  await served.end();
  expect((await here("audit", "verify")).code).toBe(0);
});

/** How a run ended. */
async function ended(runId: string): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { status } = (await here("runs", "show", runId)).json<{ status: string }>();
    if (status !== "Executing") return status;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return "still executing";
}
