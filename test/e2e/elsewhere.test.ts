import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cloud, openCloud } from "@sagewright/local";
import { checkRequest, compile, fail, localTarget, pipeline } from "@sagewright/pipeline";
import { neededStatements } from "../../packages/cli/src/releases/caller-policy";
import { cli, finished, scratchFolders, startCli } from "../support/cli";
import { judged, recordedRequests, recording } from "../support/requests";
import { customers, type ErrorDocument, tiny, tinyProduct } from "../support/tiny-product";
import { until } from "../support/until";

/**
 * The commands against a cloud that is not theirs: it is reached over HTTP alone, as AWS is, by `--env` and
 * `--endpoint-url`, and fails on command. Every request that any of them sends is recorded and checked at the end.
 */
jest.setTimeout(90_000);

const newFolder = scratchFolders();
const requests = join(newFolder(), "requests.jsonl");
let cwd: string;
let cloud: Cloud;
let there: string[];

const environment = {
  name: "stand",
  account: "000000000000",
  region: "us-east-1",
  tags: { team: "crm" },
  pipeline: { parallelism: 3 },
  gate: { minimumAuc: 0.5 },
  serving: { mode: "embedded" },
};

const keys = {
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_EC2_METADATA_DISABLED: "true",
  ...recording(requests),
};

beforeAll(async () => {
  cwd = newFolder();
  await tinyProduct(cwd);
  mkdirSync(join(cwd, "config"));
  writeFileSync(join(cwd, "config", "stand.json"), JSON.stringify(environment));
  cloud = await openCloud({ stateDir: join(newFolder(), "state") });
  const { url } = await cloud.listen({ host: "127.0.0.1", port: 0 });
  there = ["--env", "stand", "--endpoint-url", url];
});

afterEach(() => cloud.faults.clear());
afterAll(() => cloud.close());

async function answer<T = ErrorDocument>(...words: string[]): Promise<{ code: number; stderr: string } & T> {
  const { code, stderr, json } = await cli([...words, ...there, "--json"], { cwd, env: keys });
  return { code, stderr, ...json<T>() };
}

interface Run {
  execution: string;
  status: string;
}

const idOf = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1);

test("nothing is started that is not published, and publishing is done once", async () => {
  expect(await answer("run", tiny, "--detach")).toMatchObject({
    code: 2,
    error: { code: "pipeline_not_deployed", fix: expect.stringContaining(`sagewright publish ${tiny} --env stand`) },
  });
  const dry = await answer<{ requests: { operation: string; input: object }[] }>("publish", tiny, "--dry-run");
  expect(dry.requests.at(-1)).toMatchObject({
    operation: "CreatePipeline",
    input: {
      Tags: [{ Key: "team", Value: "crm" }],
      ParallelismConfiguration: { MaxParallelExecutionSteps: 3 },
      RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
    },
  });
  for (const { operation, input } of dry.requests)
    if (operation === "CreatePipeline") expect(checkRequest(operation, input)).toEqual([]);
  expect(await answer("publish", tiny)).toMatchObject({ code: 0, change: "created", version: 1 });
  expect(await answer("publish", tiny)).toMatchObject({ code: 0, change: "unchanged" });
});

test("parameters of the wrong name or type are refused before anything is sent", async () => {
  const before = recordedRequests(requests).length;
  const refused = await answer("run", tiny, "--set", "MinimumAuc=high", "--set", "Minimum=1");
  expect(refused).toMatchObject({ code: 3, error: { message: "2 problems" } });
  expect(refused.error.why).toBe(
    'parameters.MinimumAuc: "high" is not a number.\nparameters.Minimum: there is no such parameter. The pipeline declares InputDataUri, MinimumAuc.',
  );
  const sent = recordedRequests(requests).slice(before);
  expect(sent.map(({ operation }) => operation)).toEqual(["DescribePipeline"]);
});

test("a run is started once for its token, left, found again and watched to its end", async () => {
  const started = await answer<Run>("run", tiny, "--detach", "--token", "first");
  expect(started).toMatchObject({ code: 0, status: "Executing" });
  expect((await answer<Run>("run", tiny, "--detach", "--token", "first")).execution).toBe(started.execution);
  const watched = await cli(["runs", "watch", idOf(started.execution), ...there, "--json=lines"], { cwd, env: keys });
  expect(watched.code).toBe(0);
  const lines = watched.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.at(-1)).toMatchObject({ status: "Succeeded", gate: "passed", execution: started.execution });
  const states = lines.filter(({ event }) => event === "step").map(({ step }) => `${step.name} ${step.state}`);
  expect(states).toEqual(expect.arrayContaining(["Prepare succeeded", "Tune succeeded", "Evaluate succeeded"]));
  const trials = lines.filter(({ event, step }) => event === "log" && step === "Tune").map(({ job }) => job);
  const { lines: printed } = await answer<{ lines: { job: string }[] }>("runs", "logs", "last", "--step", "Tune");
  expect(trials.length).toBeGreaterThan(0);
  expect([...trials].sort()).toEqual(printed.map(({ job }) => job).sort());
  const { runs } = await answer<{ runs: { id: string; status: string }[] }>("runs", "list");
  expect(runs).toEqual([expect.objectContaining({ id: idOf(started.execution), status: "Succeeded" })]);
  const { lines: log } = await answer<{ lines: { step: string }[] }>("runs", "logs", "last", "--step", "Prepare");
  expect(log.length).toBeGreaterThan(0);
  const start = recordedRequests(requests).find(({ operation }) => operation === "StartPipelineExecution");
  // What the environment says is what ran.
  expect(start?.input).toMatchObject({
    PipelineParameters: expect.arrayContaining([{ Name: "MinimumAuc", Value: "0.5" }]),
    ParallelismConfiguration: { MaxParallelExecutionSteps: 3 },
  });
});

test("steps can be chosen: the rest comes from the newest run that ended", async () => {
  const again = await answer<Run>("run", tiny, "--from", "Evaluate", "--set", "MinimumAuc=0.4");
  expect(again).toMatchObject({ code: 0, status: "Succeeded" });
  const start = recordedRequests(requests).findLast(({ operation }) => operation === "StartPipelineExecution");
  expect(start?.input.SelectiveExecutionConfig).toEqual({
    SelectedSteps: ["Evaluate", "Gate", "Register", "TooWeak"].map((StepName) => ({ StepName })),
    SourcePipelineExecutionArn: expect.stringContaining("/execution/"),
  });
  expect(await answer("run", tiny, "--from", "Evalute")).toMatchObject({
    code: 2,
    error: { code: "step_unknown", fix: "did you mean: Evaluate?" },
  });
});

test("a run that fails is tried again, and its gate fails again; one that ended is neither stopped nor tried again", async () => {
  const refused = await answer<Run & { gate: string }>("run", tiny, "--set", "MinimumAuc=0.999");
  expect(refused).toMatchObject({ code: 4, status: "Failed", gate: "refused" });
  const retried = await answer<Run & { gate: string }>("runs", "retry", idOf(refused.execution));
  expect(retried).toMatchObject({ code: 4, gate: "refused", execution: refused.execution });
  expect(await answer("runs", "stop", "last")).toMatchObject({ error: { code: "run_ended" } });
  const { runs } = await answer<{ runs: { id: string; status: string }[] }>("runs", "list");
  const succeeded = runs.find(({ status }) => status === "Succeeded");
  expect(await answer("runs", "retry", succeeded?.id ?? "")).toMatchObject({ error: { code: "run_not_failed" } });
});

/** Starts a run that takes its time: other customers, so that nothing is cached. */
async function slowRun(rows: number): Promise<Run> {
  writeFileSync(join(cwd, `others-${rows}.csv`), `${customers(rows).join("\n")}\n`);
  const run = await answer<Run>("run", tiny, "--detach", "--data", `others-${rows}.csv`);
  expect(run).toMatchObject({ code: 0, status: "Executing" });
  return run;
}

test("Ctrl-C leaves a run running", async () => {
  const { execution } = await slowRun(20_000);
  await cloud.faults.add({ operation: "ListPipelineExecutionSteps", fault: { kind: "slow", ms: 2_000 } });
  const child = startCli(["runs", "watch", idOf(execution), ...there], { cwd, env: keys });
  const end = finished(child);
  // It asks by now, and gets no answer for a while.
  await until(async () => (await cloud.faults.list()).some(({ made }) => made > 0));
  child.kill("SIGINT");
  const { code, stderr } = await end;
  expect(code).toBe(130);
  expect(stderr).toContain("no longer watched; the run goes on");
  expect(stderr).toContain(`sagewright runs watch ${idOf(execution)} --env stand`);
});

test("stop ends a run, and whoever watches it is told", async () => {
  const { execution } = await slowRun(30_000);
  expect(await answer<{ stopping: string }>("runs", "stop", idOf(execution))).toMatchObject({
    code: 0,
    stopping: execution,
  });
  expect(await answer<Run>("runs", "watch", idOf(execution))).toMatchObject({ code: 1, status: "Stopped" });
});

test("a watch outlasts throttling, faults, lost connections and expired credentials, and says what it waits for", async () => {
  const { execution } = await slowRun(600);
  const operation = "DescribePipelineExecution";
  for (const kind of ["throttling", "serverError", "disconnect", "expiredToken"] as const)
    await cloud.faults.add({ operation, fault: { kind }, skip: 1, count: 3 });
  const watched = await cli(["runs", "watch", idOf(execution), ...there], { cwd, env: keys });
  expect({ code: watched.code, stderr: watched.code === 0 ? "" : watched.stderr }).toEqual({ code: 0, stderr: "" });
  for (const words of [
    "the account's request limit is reached",
    "the service has a fault",
    "no connection; asking again",
    "the credentials have expired: sign in again",
  ])
    expect(watched.stderr).toContain(words);
  expect((await cloud.faults.list()).map(({ made }) => made)).toEqual([3, 3, 3, 3]);
});

test("what is refused says what is missing and how to get it", async () => {
  const file = join(cwd, "pipelines", tiny, "pipeline.ts");
  const source = readFileSync(file, "utf8");
  writeFileSync(file, source.replace("integer(10, 12)", "integer(10, 13)"));
  await cloud.faults.add({ operation: "UpdatePipeline", fault: { kind: "accessDenied" } });
  const denied = await answer("publish", tiny, "--yes");
  expect(denied).toMatchObject({ code: 6, error: { code: "AccessDeniedException" } });
  expect(denied.error.why).toContain("sagemaker:UpdatePipeline is missing");
  const { fix = "" } = denied.error;
  expect(JSON.parse(fix.slice(fix.indexOf("{")))).toMatchObject({
    Sid: "Pipelines",
    Resource: [
      `arn:aws:sagemaker:us-east-1:000000000000:pipeline/${tiny}-training`,
      `arn:aws:sagemaker:us-east-1:000000000000:pipeline/${tiny}-training/*`,
    ],
  });
  writeFileSync(file, source);
  await cloud.faults.clear();
  const message =
    "The account-level service limit 'Number of pipeline executions' is 200 Executions, with current utilization of 200 Executions and a request delta of 1 Executions. Please contact AWS support to request an increase for this limit.";
  await cloud.faults.add({
    operation: "StartPipelineExecution",
    fault: { kind: "error", code: "ResourceLimitExceeded", message },
  });
  const full = await answer("run", tiny);
  expect(full).toMatchObject({ code: 6, error: { code: "ResourceLimitExceeded" } });
  expect(full.error.why).toBe(
    "the quota 'Number of pipeline executions' is 200, 200 of it are used, 1 more was asked for",
  );
  await cloud.faults.clear();
  await cloud.faults.add({ operation: "DescribePipeline", fault: { kind: "throttling" } });
  expect(await answer("publish", tiny)).toMatchObject({
    code: 6,
    error: { code: "ThrottlingException", fix: expect.stringContaining("wait a minute") },
  });
  await cloud.faults.clear();
  await cloud.faults.add({ operation: "DescribePipeline", fault: { kind: "expiredToken" } });
  expect(await answer("publish", tiny)).toMatchObject({ code: 5, error: { code: "credentials_refused" } });
});

test("a publication that broke off in the middle is finished by the next one", async () => {
  const file = join(cwd, "pipelines", tiny, "pipeline.ts");
  const source = readFileSync(file, "utf8");
  writeFileSync(file, source.replace("integer(10, 12)", "integer(10, 15)"));
  // The change is made, only the answer is lost; the client asks again and finds it made.
  await cloud.faults.add({ operation: "UpdatePipeline", fault: { kind: "disconnect", after: true }, count: 3 });
  expect((await answer("publish", tiny, "--yes")).code).toBe(5);
  await cloud.faults.clear();
  expect(await answer("publish", tiny, "--yes")).toMatchObject({ code: 0, change: "unchanged" });
  writeFileSync(file, source);
  expect(await answer("publish", tiny, "--yes")).toMatchObject({ code: 0, change: "updated" });
});

test("models, endpoints and predictions are those of the other cloud", async () => {
  const { models } = await answer<{ models: { group: string; version: number }[] }>("models", "list");
  expect(models.map(({ group }) => group)).toContain(tiny);
  expect((await answer("models", "approve", `${tiny}/1`, "--reason", "looked at it")).code).toBe(0);
  const [header = "", first = ""] = customers(1);
  const values = first.split(",");
  const row = Object.fromEntries(header.split(",").map((name, index) => [name, values[index]]));
  const customer = { tenure: Number(row.tenure), plan: row.plan, charge: Number(row.charge) };
  const predicted = await answer<object>("predict", `${tiny}/1`, "--row", JSON.stringify(customer));
  expect(predicted).toMatchObject({ code: 0, stderr: "" });
  expect(await answer<{ endpoints: object[] }>("endpoints", "list")).toMatchObject({ code: 0, endpoints: [] });
});

test("credentials of another account are refused before anything is asked", async () => {
  writeFileSync(
    join(cwd, "config", "other.json"),
    JSON.stringify({ ...environment, name: "other", account: "111122223333" }),
  );
  const before = recordedRequests(requests).length;
  const env = { ...keys, AWS_ENDPOINT_URL: there.at(-1) };
  const { code, json } = await cli(["publish", tiny, "--env", "other", "--json"], { cwd, env });
  expect(code).toBe(5);
  expect(json<ErrorDocument>().error).toMatchObject({
    code: "account_differs",
    message:
      "the credentials are of account 000000000000, the environment is 111122223333; nothing was asked or changed",
  });
  const sent = recordedRequests(requests).slice(before);
  expect(sent.map(({ operation }) => operation)).toEqual(["GetCallerIdentity"]);
});

test("an environment that is wrong, unknown or contradicted is refused with path, rule and value", async () => {
  writeFileSync(
    join(cwd, "config", "wrong.json"),
    JSON.stringify({ ...environment, name: "wrong", account: 1, serving: { mode: "endpoint", instances: 1 } }),
  );
  const refused = async (...words: string[]) => {
    const { json } = await cli(["runs", "list", ...words, "--json"], { cwd, env: keys });
    return json<ErrorDocument>().error;
  };
  expect(await refused("--env", "wrong")).toMatchObject({
    code: "environment_invalid",
    exitCode: 3,
    subject: "config/wrong.json",
    message: "account: 1 is not a text",
  });
  expect(await refused("--env", "stnd")).toMatchObject({
    code: "environment_unknown",
    exitCode: 2,
    fix: "did you mean: --env stand?",
  });
  expect(await refused("--env", "stand", "--region", "eu-west-1")).toMatchObject({
    exitCode: 2,
    message: "--region eu-west-1: the environment stand is in us-east-1",
  });
  expect(await refused("--env", "stand", "--local", "--aws")).toMatchObject({ exitCode: 2 });
  expect(await refused("--endpoint-url", "localhost")).toMatchObject({ exitCode: 2 });
});

test("the caller's derived policy has every action that publishing, running and watching took", () => {
  const compiled = compile(
    pipeline("any", () => fail("Refuse", "no")),
    localTarget,
  );
  const granted = neededStatements(compiled, localTarget).caller.flatMap(({ Action }) => Action);
  const prefixes: Record<string, string> = { SageMaker: "sagemaker", CloudWatchLogs: "logs" };
  const used = recordedRequests(requests)
    .filter(({ service }) => service in prefixes)
    // What the registry and endpoints take is no business of a pipeline's policy.
    .filter(({ operation }) => !/Model|Endpoint/.test(operation))
    .map(({ service, operation }) => `${prefixes[service]}:${operation}`);
  expect(new Set(used).size).toBeGreaterThan(10);
  expect([...new Set(used)].filter((action) => !granted.includes(action))).toEqual([]);
});

test("every request that these commands sent is one that AWS's service model takes", () => {
  const { counts, complaints } = judged(requests);
  expect(complaints).toEqual([]);
  for (const service of ["sagemaker", "s3", "logs", "sts"]) expect(counts[service]).toBeGreaterThan(0);
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(200);
});
