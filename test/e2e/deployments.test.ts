import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DeleteModelPackageCommand,
  DescribeEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import { type Cloud, openCloud } from "@sagewright/local";
import {
  type Clients,
  createClients,
  type Deployed,
  type DeployOptions,
  defineEnvironment,
  deploy,
  destroyClients,
  type EnvironmentInput,
  endpointReport,
  type HostedServing,
  invoke,
  planDeploy,
  rollback,
} from "@sagewright/sagemaker";
import { scratchFolders } from "../support/cli";

/**
 * Deployments over real containers on a clock that is advanced by hand: an hour of canary takes a second. The code under test
 * knows nothing of that: it sends to AWS's API and asks until it is done.
 */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
const MINUTE = 60_000;
const BUCKET = "sagewright-us-east-1-000000000000";
const IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3";
const roleArn = "arn:aws:iam::000000000000:role/SagewrightExecution";

let cloud: Cloud;
let clients: Clients;
const packages: Record<string, string> = {};

beforeAll(async () => {
  cloud = await openCloud({
    stateDir: join(newFolder(), "state"),
    clock: "manual",
    startAt: new Date("2027-01-01T00:00:00Z"),
  });
  clients = createClients({ ...cloud.clientConfig(), polling: { minimumMs: 5, maximumMs: 20 } });
  await clients.sagemaker.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: "churn" }));
  packages.good = await register("def transform_fn(m, body, ct, accept): return 'good', 'text/plain'");
  packages.better = await register("def transform_fn(m, body, ct, accept): return 'better', 'text/plain'");
  packages.broken = await register("def transform_fn(m, body, ct, accept): raise ValueError('broken')");
});
afterAll(async () => {
  destroyClients(clients);
  await cloud.close();
});

/** Registers an approved version whose container answers as the script says. */
async function register(script: string): Promise<string> {
  const folder = newFolder();
  mkdirSync(join(folder, "model/code"), { recursive: true });
  writeFileSync(join(folder, "model/code/inference.py"), `def model_fn(d): return 1\n${script}\n`);
  execFileSync("tar", ["-czf", join(folder, "model.tar.gz"), "-C", join(folder, "model"), "."]);
  const Key = `${folder.split("/").at(-1)}/model.tar.gz`;
  await clients.s3.send(
    new PutObjectCommand({ Bucket: BUCKET, Key, Body: readFileSync(join(folder, "model.tar.gz")) }),
  );
  const Environment = { SAGEMAKER_PROGRAM: "inference.py", SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code" };
  const { ModelPackageArn = "" } = await clients.sagemaker.send(
    new CreateModelPackageCommand({
      ModelPackageGroupName: "churn",
      ModelApprovalStatus: "Approved",
      InferenceSpecification: {
        Containers: [{ Image: IMAGE, ModelDataUrl: `s3://${BUCKET}/${Key}`, Environment }],
        SupportedContentTypes: ["text/csv"],
        SupportedResponseMIMETypes: ["text/plain"],
      },
    }),
  );
  return ModelPackageArn;
}

/** What an environment says, with its defaults. */
function serving(input: EnvironmentInput["serving"]): HostedServing {
  const environment = { name: "test", account: "000000000000", region: "us-east-1", serving: input };
  return defineEnvironment(environment).serving as HostedServing;
}

const careful = (more: object = {}) =>
  serving({
    mode: "endpoint",
    update: { type: "canary", size: { unit: "instances", value: 1 }, waitSeconds: 600, terminationWaitSeconds: 120 },
    rollback: { errorsPerMinute: 2 },
    ...more,
  });

const wish = (version: string, endpoint: string, how = careful()): DeployOptions => ({
  endpoint,
  modelPackageArn: packages[version] ?? "",
  roleArn,
  serving: how,
  captureUri: `s3://${BUCKET}/captures`,
});

/** Lets simulated minutes pass until work is done; `each` is done in every one of them. */
async function whileTimePasses<T>(work: Promise<T>, each: () => Promise<unknown> = async () => {}): Promise<T> {
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  done.catch(() => {});
  while (!over) {
    await each();
    await cloud.clock.advance(MINUTE);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return done;
}

const ask = async (endpoint: string): Promise<string> =>
  Buffer.from((await invoke(clients, { endpoint, body: "1", contentType: "text/csv" })).body).toString();

const first = (endpoint: string, how = careful()): Promise<Deployed> =>
  whileTimePasses(deploy(clients, wish("good", endpoint, how)));

test("a canary takes over, and rollback returns to what served before; there is nothing before that", async () => {
  const made = await first("canary");
  expect(made).toMatchObject({ change: "created" });
  const plan = await planDeploy(clients, wish("better", "canary"));
  expect(plan).toMatchObject({
    change: "updated",
    before: { AllTraffic: "churn/1" },
    after: { AllTraffic: "churn/2" },
  });
  expect(plan.changes.map(({ kind, action }) => `${kind} ${action}`)).toEqual([
    "Model create",
    "EndpointConfig create",
    "Alarm keep",
    "Alarm keep",
    "Endpoint change",
  ]);
  expect(plan.changes.at(-1)?.differences).toEqual([{ path: "AllTraffic.model", before: "churn/1", after: "churn/2" }]);
  const stages: string[] = [];
  const { now: before } = await cloud.clock.advance(0);
  const work = deploy(clients, { ...wish("better", "canary"), onStage: (stage) => stages.push(stage) });
  expect(await whileTimePasses(work, () => ask("canary"))).toMatchObject({ change: "updated" });
  expect(stages.join("\n")).toContain("Baking for 600 seconds");
  const { now: after } = await cloud.clock.advance(0);
  expect(new Date(after).getTime() - new Date(before).getTime()).toBeGreaterThanOrEqual(12 * MINUTE);
  expect(await ask("canary")).toBe("better");
  const { now } = await cloud.clock.advance(0);
  expect(await endpointReport(clients, "canary", { now: new Date(now) })).toMatchObject({
    status: "InService",
    variants: [
      { name: "AllTraffic", version: "churn/2", share: 1, instanceType: "ml.m5.large", instances: { current: 2 } },
    ],
    alarms: [
      { name: "sagewright-canary-5xx", state: "OK" },
      { name: "sagewright-canary-model-errors", state: "OK" },
    ],
    traffic: { errors4xx: 0, errors5xx: 0, invocations: expect.any(Number), latencyP99Ms: expect.any(Number) },
    // 2 instances x 730 h x $0.115 + 2 alarms x $0.10
    cost: { perMonth: expect.closeTo(168.1, 6), unpriced: [] },
    before: [{ endpointConfigName: made.endpointConfigName, versions: { AllTraffic: "churn/1" } }],
  });
  const back = await whileTimePasses(rollback(clients, { endpoint: "canary" }));
  expect(back).toMatchObject({
    way: "returned",
    from: { AllTraffic: "churn/2" },
    to: { AllTraffic: "churn/1" },
    endpointConfigName: made.endpointConfigName,
  });
  expect(await ask("canary")).toBe("good");
  await expect(rollback(clients, { endpoint: "canary" })).rejects.toMatchObject({ code: "nothing_before" });
});

test("a version that fails trips an alarm and is turned back, and what serves is said", async () => {
  await first("guarded");
  const asking = async () => {
    for (let request = 0; request < 12; request += 1) await ask("guarded").catch(() => {});
  };
  await expect(whileTimePasses(deploy(clients, wish("broken", "guarded")), asking)).rejects.toMatchObject({
    code: "deployment_rolled_back",
    message: expect.stringMatching(
      /^The update of endpoint guarded was turned back: .*It serves churn\/1 as before\.$/,
    ),
  });
  expect(await ask("guarded")).toBe("good");
  // The alarm is still loud: a second try would end at once, and is not begun.
  await expect(deploy(clients, wish("better", "guarded"))).rejects.toMatchObject({ code: "alarm_rings" });
});

test("an update that is under way is turned back by hand, and none is begun beside it", async () => {
  await first("turned");
  const work = deploy(clients, wish("better", "turned"));
  work.catch(() => {});
  await whileTimePasses(until("turned", "Updating"));
  expect(await endpointReport(clients, "turned")).toMatchObject({
    variants: [{ version: "churn/1" }],
    update: { versions: { AllTraffic: "churn/2" } },
  });
  await expect(deploy(clients, wish("broken", "turned"))).rejects.toMatchObject({ code: "endpoint_busy" });
  expect(await whileTimePasses(rollback(clients, { endpoint: "turned" }))).toMatchObject({
    way: "turned_back",
    from: { AllTraffic: "churn/2" },
    to: { AllTraffic: "churn/1" },
  });
  await expect(work).rejects.toMatchObject({ code: "deployment_rolled_back" });
  expect(await ask("turned")).toBe("good");
});

test("autoscaling is registered, its counts outlive an update, and it goes when it is not wanted any more", async () => {
  const scaling = { minimum: 2, maximum: 4, targetInvocationsPerInstance: 10 };
  const made = await planDeploy(clients, wish("good", "scaled", careful({ autoscaling: scaling })));
  expect(made.changes.slice(-2).map(({ kind, action }) => `${kind} ${action}`)).toEqual([
    "ScalableTarget create",
    "ScalingPolicy create",
  ]);
  await first("scaled", careful({ autoscaling: scaling }));
  const busy = async () => {
    for (let request = 0; request < 50; request += 1) await ask("scaled");
  };
  for (let minute = 0; minute < 5; minute += 1) {
    await busy();
    await cloud.clock.advance(MINUTE);
  }
  expect(await instances("scaled")).toBe(4);
  await whileTimePasses(deploy(clients, wish("better", "scaled", careful({ autoscaling: scaling }))), busy);
  expect(await instances("scaled")).toBe(4);
  const fixed = await planDeploy(clients, wish("better", "scaled"));
  expect(fixed.changes.find(({ kind }) => kind === "ScalableTarget")).toMatchObject({
    action: "remove",
    name: "scaled/AllTraffic",
  });
  await expect(
    planDeploy(
      clients,
      wish("good", "scaled", { ...careful({ autoscaling: scaling }), instanceType: "ml.t3.medium" } as HostedServing),
    ),
  ).rejects.toMatchObject({ code: "instance_cannot_scale" });
});

test("serverless, and from there to instances all at once", async () => {
  await first("idle", serving({ mode: "serverless", memoryMb: 1024, maximumConcurrency: 3 }));
  expect(await ask("idle")).toBe("good");
  const plan = await planDeploy(clients, wish("better", "idle"));
  expect(plan.warnings).toEqual([
    {
      code: "strategy_changed",
      message: "serverless inference is on one side, so the traffic goes over all at once instead of 'canary'.",
      blocking: false,
    },
  ]);
  await whileTimePasses(deploy(clients, wish("better", "idle")));
  expect(await ask("idle")).toBe("better");
});

test("without capacity the old version serves on; without a model package nothing is begun", async () => {
  await first("scarce");
  await cloud.faults.add({ operation: "UpdateEndpoint", fault: { kind: "capacity" }, count: 1 });
  await expect(whileTimePasses(deploy(clients, wish("better", "scarce")))).rejects.toMatchObject({
    message: expect.stringMatching(/capacity/i),
    facts: { serves: { AllTraffic: "churn/1" } },
  });
  await cloud.faults.clear();
  expect(await ask("scarce")).toBe("good");
  const gone = await register("def transform_fn(m, body, ct, accept): return 'gone', 'text/plain'");
  await clients.sagemaker.send(new DeleteModelPackageCommand({ ModelPackageName: gone }));
  await expect(deploy(clients, { ...wish("good", "scarce"), modelPackageArn: gone })).rejects.toThrow("does not exist");
  expect(await whileTimePasses(deploy(clients, wish("better", "scarce")))).toMatchObject({ change: "updated" });
});

test("cut off after any of its requests, a deployment goes on when it is asked for again", async () => {
  const scaling = { minimum: 2, maximum: 4, targetInvocationsPerInstance: 10 };
  const how = careful({ autoscaling: scaling, update: { type: "all-at-once", terminationWaitSeconds: 0 } });
  const impatient = createClients({
    ...cloud.clientConfig(),
    maxAttempts: 1,
    polling: { minimumMs: 5, maximumMs: 20 },
  });
  let cut = 0;
  for (let requests = 0; ; requests += 1) {
    // Another environment is another model and another configuration: nothing of it is there yet.
    const options = { ...wish("good", "resumed", how), environment: { ATTEMPT: String(requests) } };
    await cloud.faults.add({ fault: { kind: "disconnect", after: true }, skip: requests, count: 1 });
    const ended = await whileTimePasses(deploy(impatient, options)).then(
      () => true,
      (error: { code?: string }) => error.code === undefined || !/^E/.test(error.code),
    );
    const [rule] = await cloud.faults.list();
    await cloud.faults.clear();
    if (!ended) cut += 1;
    const again = await whileTimePasses(deploy(clients, options));
    const { EndpointConfigName, EndpointStatus } = await clients.sagemaker.send(
      new DescribeEndpointCommand({ EndpointName: "resumed" }),
    );
    expect({ EndpointConfigName, EndpointStatus }).toEqual({
      EndpointConfigName: again.endpointConfigName,
      EndpointStatus: "InService",
    });
    const { changes } = await planDeploy(clients, options);
    expect(changes.map(({ action }) => action)).toEqual(changes.map(() => "keep"));
    if (rule?.made === 0) break;
  }
  destroyClients(impatient);
  expect(cut).toBeGreaterThanOrEqual(12);
});

async function until(EndpointName: string, status: string): Promise<void> {
  for (;;) {
    const { EndpointStatus } = await clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName }));
    if (EndpointStatus === status) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function instances(EndpointName: string): Promise<number | undefined> {
  const { ProductionVariants } = await clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName }));
  return ProductionVariants?.[0]?.CurrentInstanceCount;
}
