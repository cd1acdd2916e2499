import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { DescribePipelineCommand, DescribeTrainingJobCommand } from "@aws-sdk/client-sagemaker";
import { type Cloud, openCloud } from "@sagewright/local";
import { codeArchive, compile, integer, localTarget, maximize, pipeline, training, tuning } from "@sagewright/pipeline";
import {
  type Clients,
  createClients,
  destroyClients,
  type ExecutionReport,
  publish,
  retryOnDemand,
  startExecution,
  stopExecution,
  trainingUsage,
  waitedInVain,
  waitForExecution,
} from "@sagewright/sagemaker";
import { cli, finished, scratchFolders, startCli } from "../support/cli";
import { tiny, tinyProduct } from "../support/tiny-product";

/** Spot machines that do not come, on a clock that is advanced by hand: an hour of waiting takes a moment. */
jest.setTimeout(60_000);

const newFolder = scratchFolders();
const { bucket, roleArn } = localTarget;
const MINUTE = 60_000;

let cloud: Cloud;
let clients: Clients;

beforeEach(async () => {
  cloud = await openCloud({
    stateDir: join(newFolder(), "state"),
    clock: "manual",
    startAt: new Date("2027-01-01T00:00:00Z"),
  });
  clients = createClients({ ...cloud.clientConfig(), polling: { minimumMs: 5, maximumMs: 20 } });
});
afterEach(async () => {
  destroyClients(clients);
  await cloud.close();
});

const script = `import os
os.makedirs(os.environ["SM_MODEL_DIR"], exist_ok=True)
open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w").write("trained")
print("validation:auc=0.9")
`;
const image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3";
const job = {
  image,
  hyperparameters: {
    sagemaker_program: "train.py",
    sagemaker_submit_directory: codeArchive({ files: { "train.py": script } }).uri,
  },
  metrics: { "validation:auc": "validation:auc=([0-9.]+)" },
};

/** A job on demand, and one on spot that reads its model. */
const pair = compile(
  pipeline("pair", ({ parameter }) => {
    const first = training("First", { ...job, instances: { type: "ml.c5.xlarge" } });
    return training("Second", {
      ...job,
      channels: { model: first.model },
      environment: { NOTE: parameter.string("Note", { default: "none" }) },
      spot: { maxWaitSeconds: 3_600 },
    });
  }),
);

/** Six trials on spot, two at a time. */
const search = compile(
  pipeline("search", () =>
    tuning("Tune", {
      ...job,
      spot: { maxWaitSeconds: 3_600 },
      objective: maximize("validation:auc"),
      ranges: { depth: integer(1, 9) },
      jobs: 6,
      parallel: 2,
      strategy: "Random",
    }),
  ),
);

const noSpot = () =>
  cloud.faults.add({ operation: "CreateTrainingJob", fault: { kind: "capacity", instanceType: "ml.m5.large" } });

/** Lets simulated minutes pass until a run has ended. */
async function ended(executionArn: string): Promise<ExecutionReport> {
  let over = false;
  const done = waitForExecution(clients, executionArn).finally(() => {
    over = true;
  });
  done.catch(() => {});
  while (!over) {
    await cloud.clock.advance(5 * MINUTE);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return done;
}

const published = async (name: string) =>
  (await clients.sagemaker.send(new DescribePipelineCommand({ PipelineName: name }))).PipelineDefinition;

test("a run that waited in vain is run on demand: earlier steps from the cache, the published pipeline as it was", async () => {
  await publish(clients, pair, { roleArn });
  await noSpot();
  const { executionArn } = await startExecution(clients, { pipeline: "pair", parameters: { Note: "kept" } });
  const failed = await ended(executionArn);
  expect(failed.steps.map(({ name, state }) => `${name} ${state}`)).toEqual(["First succeeded", "Second stopped"]);
  expect(await waitedInVain(clients, failed)).toEqual([{ step: "Second", jobs: 1, seconds: 3_600 }]);

  await cloud.faults.clear();
  const again = await retryOnDemand(clients, { executionArn, bucket });
  expect(again.executionArn).not.toBe(executionArn);
  expect(await published("pair")).toBe(pair.json);
  const report = await ended(again.executionArn);
  expect(report.status).toBe("Succeeded");
  expect(report.steps.map(({ name, state }) => `${name} ${state}`)).toEqual(["First cached", "Second succeeded"]);
  const TrainingJobName = report.steps[1]?.job?.name;
  expect(await clients.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName }))).toMatchObject({
    EnableManagedSpotTraining: false,
    Environment: { NOTE: "kept" },
    CheckpointConfig: { S3Uri: `s3://${bucket}/checkpoints/pair/Second` },
  });
  expect(await trainingUsage(clients, report.steps)).toMatchObject({ jobs: 1, spotJobs: 0 });
  expect(await waitedInVain(clients, report)).toEqual([]);

  // The same again is the same execution; the next run in need finds the version that is there.
  expect(await retryOnDemand(clients, { executionArn, bucket })).toEqual(again);
  await noSpot();
  const next = await startExecution(clients, { pipeline: "pair", parameters: { Note: "other" } });
  await ended(next.executionArn);
  expect(await retryOnDemand(clients, { executionArn: next.executionArn, bucket })).toMatchObject({
    version: again.version,
  });
  expect(await published("pair")).toBe(pair.json);
});

test("cut off after any request, the retry goes on when it is asked for again, and spot stays published", async () => {
  const hasty = createClients({ ...cloud.clientConfig(), maxAttempts: 1 });
  let cut = 0;
  for (let requests = 0; ; requests += 1) {
    // Another pipeline each time: nothing of it is there yet.
    const name = `cut-${requests}`;
    const compiled = compile(pipeline(name, () => training("Train", { ...job, spot: { maxWaitSeconds: 60 } })));
    await publish(clients, compiled, { roleArn });
    await noSpot();
    const { executionArn } = await startExecution(clients, { pipeline: name });
    await ended(executionArn);
    await cloud.faults.clear();
    await cloud.faults.add({ fault: { kind: "disconnect", after: true }, skip: requests, count: 1 });
    const first = await retryOnDemand(hasty, { executionArn, bucket }).catch(() => undefined);
    const [rule] = await cloud.faults.list();
    await cloud.faults.clear();
    const again = await retryOnDemand(clients, { executionArn, bucket });
    expect(await retryOnDemand(clients, { executionArn, bucket })).toEqual(again);
    expect(await published(name)).toBe(compiled.json);
    expect((await ended(again.executionArn)).status).toBe("Succeeded");
    if (first === undefined) cut += 1;
    if (rule?.made === 0) break;
  }
  destroyClients(hasty);
  expect(cut).toBeGreaterThanOrEqual(12);
});

test("a search that waits in vain", async () => {
  await publish(clients, search, { roleArn });
  await noSpot();
  const { executionArn } = await startExecution(clients, { pipeline: "search" });
  expect(await waitedInVain(clients, await ended(executionArn))).toMatchObject([{ step: "Tune", jobs: 6 }]);
});

test("a run that somebody stopped while it waited is left stopped", async () => {
  await publish(clients, search, { roleArn });
  await noSpot();
  const { executionArn } = await startExecution(clients, { pipeline: "search" });
  await cloud.clock.advance(90 * MINUTE);
  await stopExecution(clients, executionArn);
  const stopped = await ended(executionArn);
  expect(stopped.status).toBe("Stopped");
  expect(await waitedInVain(clients, stopped)).toEqual([]);
});

test("run goes on on demand by itself, and says so", async () => {
  const cwd = newFolder();
  await tinyProduct(cwd, 300, { trials: 4 });
  const cloudProcess = startCli(["cloud", "--clock", "manual", "--port", "0"], { cwd });
  const ending = finished(cloudProcess);
  try {
    const url = await said(cloudProcess, /answer at (http:\S+)/);
    const control = (method: string, path: string, body?: object) =>
      fetch(`${url}/_sagewright/${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
    await control("POST", "faults", {
      operation: "CreateTrainingJob",
      fault: { kind: "capacity", instanceType: "ml.m5.large", spot: true },
    });
    const run = startCli(["run", tiny, "--set", "MinimumAuc=0.5", "--json"], { cwd });
    let over = false;
    const done = finished(run).finally(() => {
      over = true;
    });
    const gaveUp = said(run, /no spot machine came for any trial; the run is (ended)/);
    while (!over) {
      await control("POST", "clock/advance", { seconds: 600 });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await gaveUp;
    const { code, stderr, json } = await done;
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/is tried again on demand, as/) });
    const result = json<{ execution: string; onDemandAfter: string; training: object }>();
    expect(result).toMatchObject({ training: { jobs: 4, spotJobs: 0 }, waitedInVain: [] });
    expect(result.onDemandAfter).not.toBe(result.execution);
    const first = result.onDemandAfter.split("/").at(-1) ?? "";
    const shown = await cli(["runs", "show", first], { cwd });
    expect(shown.stdout).toMatch(/Tune: no spot machine came within 6\d min/);
    expect(shown.stdout).toContain(`sagewright runs retry ${first} --on-demand`);
  } finally {
    cloudProcess.kill("SIGINT");
    await ending;
  }
});

/** What a pattern catches in what a command prints. */
function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", () => reject(new Error(`It ended without saying ${pattern}:\n${text}`)));
  });
}
