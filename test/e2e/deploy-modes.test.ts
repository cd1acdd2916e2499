import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cloud, openCloud } from "@sagewright/local";
import { createClients, destroyClients, invoke } from "@sagewright/sagemaker";
import { cli, scratchFolders } from "../support/cli";
import { type ErrorDocument, tiny, tinyProduct } from "../support/tiny-product";

/** The modes of serving from the prompt, as environments describe them, rehearsed on the embedded cloud. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
let cwd: string;

const environment = (name: string, serving: object, more: object = {}) =>
  writeFileSync(
    join(cwd, "config", `${name}.json`),
    JSON.stringify({ name, account: "000000000000", region: "us-east-1", serving, ...more }),
  );
const on = (name: string, ...words: string[]) => cli([...words, "--env", name, "--local"], { cwd });

beforeAll(async () => {
  cwd = newFolder();
  await tinyProduct(cwd);
  mkdirSync(join(cwd, "config"));
  environment("lean", { mode: "serverless", memoryMb: 1024, maximumConcurrency: 3 });
  environment("own", { mode: "embedded" });
  environment(
    "plain",
    { mode: "endpoint", instances: 1, update: { type: "all-at-once", terminationWaitSeconds: 0 } },
    { training: { spot: false, maximumRuntimeSeconds: 900 } },
  );
  for (const command of [
    ["run", tiny, "--set", "MinimumAuc=0.5"],
    ["models", "approve", "tiny/1", "--force", "--reason", "a test"],
  ])
    expect(await cli(command, { cwd })).toMatchObject({ code: 0 });
});

test("serverless: planned, deployed, shown, asked, and deployed again without a change", async () => {
  const planned = await on("lean", "deploy", "tiny@1", "--endpoint", "idle", "--plan");
  expect(planned.stdout).toMatch(/idle is new and will serve tiny\/1/);
  expect(planned.stdout).toMatch(/cost {2}\$0\.000020 for each second of work \(list prices of us-east-1/);
  expect(planned.stdout).toMatch(/3 requests would be sent to the embedded cloud; nothing was changed/);
  expect((await on("lean", "endpoints", "list")).stdout).toContain("Nothing is deployed here");

  expect((await on("lean", "deploy", "tiny@1", "--endpoint", "idle")).stdout).toContain("idle serves tiny/1 (created");
  const shown = await on("lean", "endpoints", "show", "idle");
  expect(shown.stdout).toMatch(/variant +AllTraffic: tiny\/1, serverless, 1024 MB, at most 3 at once/);
  expect(shown.stdout).toMatch(/alarms +none guards it/);
  expect((await on("lean", "deploy", "tiny@1", "--endpoint", "idle")).stdout).toContain("(unchanged");

  const row = { tenure: 3, plan: "basic", charge: 50 };
  expect(await ask("idle", JSON.stringify({ instances: [row] }))).toMatch(/[01]?\.\d+/);
  const gone = await on("lean", "endpoints", "delete", "idle");
  expect(gone.stdout).toContain("idle is deleted");
});

test("settings that contradict serverless are refused with path, value, rule and remedy, before anything is asked", async () => {
  environment("wrong", {
    mode: "serverless",
    memoryMb: 1500,
    maximumConcurrency: 3,
    capture: { share: 1 },
    autoscaling: { minimum: 1, maximum: 2, targetInvocationsPerInstance: 5 },
  });
  const { code, json } = await cli(["deploy", "tiny@1", "--env", "wrong", "--local", "--json"], { cwd });
  const { error } = json<ErrorDocument>();
  expect({ code, error: error.code }).toEqual({ code: 3, error: "environment_invalid" });
  const said = `${error.message}\n${error.why}`;
  expect(said).toContain("serving.memoryMb: 1500 is no memory size of serverless inference. Use 1024, 2048");
  expect(said).toContain(
    "serving.capture: {\"share\":1} with serving.mode 'serverless': serverless inference takes no",
  );
  expect(said).toMatch(/serving\.autoscaling: .* scales by itself, up to maximumConcurrency\. Remove it\./);
});

test("embedded: published, shown and, with nothing before it, not rolled back", async () => {
  expect((await on("own", "endpoints", "show", tiny)).code).toBe(2);
  const done = await on("own", "deploy", "tiny@1");
  expect(done.stdout).toMatch(/functions score with tiny\/1 within half a minute/);
  const shown = await cli(["endpoints", "show", tiny, "--env", "own", "--local", "--json"], { cwd });
  expect(shown.json()).toMatchObject({ mode: "embedded", current: { name: tiny, version: 1 }, rollback: null });
  const back = await on("own", "rollback", tiny);
  expect(back.code).toBe(1);
  expect(back.stderr).toMatch(/it has nothing to return to +nothing_before\n +why +Version tiny\/1 is the first one/);
});

test("training settings of an environment reach what is compiled for it, and leave the cache alone", async () => {
  const definition = async (...words: string[]) => (await cli(["compile", tiny, ...words], { cwd })).stdout;
  expect(await definition()).toMatch(/"EnableManagedSpotTraining": true/);
  const placed = await definition("--env", "plain");
  expect(placed).not.toContain("EnableManagedSpotTraining");
  expect(placed).toMatch(/"StoppingCondition": \{\s+"MaxRuntimeInSeconds": 900\s+\}/);
  const run = await on("plain", "run", tiny, "--set", "MinimumAuc=0.5", "--json");
  expect(run).toMatchObject({ code: 0 });
  expect(run.json()).toMatchObject({ training: null });
});

/** One request to an endpoint of the project's own cloud. */
async function ask(endpoint: string, body: string): Promise<string> {
  const copy = newFolder();
  cpSync(join(cwd, ".sagewright"), copy, { recursive: true });
  const cloud: Cloud = await openCloud({ stateDir: copy });
  const clients = createClients(cloud.clientConfig());
  try {
    return Buffer.from((await invoke(clients, { endpoint, body })).body).toString();
  } finally {
    destroyClients(clients);
    await cloud.close();
  }
}
