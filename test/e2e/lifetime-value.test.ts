import { writeFileSync } from "node:fs";
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
