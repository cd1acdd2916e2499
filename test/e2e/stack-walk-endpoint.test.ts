import { ApplicationAutoScaling } from "@aws-sdk/client-application-auto-scaling";
import { scratchFolders } from "../support/cli";
import { walkedEnvironment } from "./stack-walk/app";
import { type Customer, newest, onePlan, registerBroken, scikitScores, train } from "./stack-walk/trained";
import { customerContract, training } from "./stack-walk/trainings";
import { openWalk, type Walk } from "./stack-walk/walk";

/**
 * The app's own stacks where an endpoint has the estimator: trained by the pipeline that they hold, released by the update of a stack
 * that an approval asks for, asked through the preprocessing function, turned back by an alarm, watched, and trained again.
 */
jest.setTimeout(300_000);

const newFolder = scratchFolders();
const rows: Customer[] = [
  { tenure: 2, plan: "basic", charge: 71.5 },
  { tenure: 61, plan: "premium", charge: 33.25 },
];
let walk: Walk;
let first = "";

beforeAll(async () => {
  const lambda = { timeoutSeconds: 29, shift: { type: "canary", percent: 50, minutes: 3 } } as const;
  walk = await openWalk(newFolder(), {
    environment: walkedEnvironment({
      ...{ mode: "endpoint", instances: 2, capture: { share: 1 }, lambda },
      ...{ rollback: { errorsPerMinute: 0 } },
      autoscaling: { minimum: 2, maximum: 4, targetInvocationsPerInstance: 1_000 },
    }),
    contract: customerContract,
    training,
  });
});
afterAll(() => walk?.close());

const names = async () => {
  const { Endpoints = [] } = await walk.clients.sagemaker.listEndpoints({});
  return Endpoints.map(({ EndpointName }) => EndpointName);
};

/** What releases make, as far as it is there. */
async function left(): Promise<object> {
  const { sagemaker, lambda, cloudwatch } = walk.clients;
  const scaling = new ApplicationAutoScaling(walk.cloud.clientConfig());
  return {
    endpoints: await names(),
    configurations: (await sagemaker.listEndpointConfigs({})).EndpointConfigs?.length,
    models: (await sagemaker.listModels({})).Models?.length,
    versions: (await lambda.listVersionsByFunction({ FunctionName: "churn-walk-predict" })).Versions?.length,
    targets: (await scaling.describeScalableTargets({ ServiceNamespace: "sagemaker" })).ScalableTargets?.map(
      ({ ResourceId }) => ResourceId,
    ),
    alarms: (await cloudwatch.describeAlarms({ AlarmNamePrefix: "sagewright-churn-v" })).MetricAlarms?.map(
      ({ AlarmName }) => AlarmName,
    ),
  };
}

test("what the pipeline has trained waits for somebody's decision, and until then nothing is there", async () => {
  first = await train(walk, 400);
  expect(first).toMatch(/:model-package\/churn\/1$/);
  expect(await names()).toEqual([]);
  expect(walk.stack.parameters.ModelPackageArn).toBe("none");
});

test("an approval updates the stack, and the API answers as scikit-learn does", async () => {
  await walk.decide(first, "Approved");
  expect([walk.stack.status, walk.stack.reason]).toEqual(["UPDATE_COMPLETE", ""]);
  expect(walk.stack.parameters).toMatchObject({ ModelPackageArn: first, ModelVersion: "1" });
  expect(await names()).toEqual(["churn-v1"]);
  const scores = await scikitScores(walk, { arn: first, rows, folder: newFolder() });
  for (const [at, row] of rows.entries())
    expect(await walk.predict(row)).toMatchObject({ churnProbability: scores[at], modelVersion: "1" });
});

test("a version that fails is turned back by its endpoint's alarm, which rings at the one on call", async () => {
  await walk.decide(await registerBroken(walk, { arn: first, folder: newFolder() }), "Approved");
  expect(walk.stack.status).toBe("UPDATE_IN_PROGRESS");
  expect((await names()).sort()).toEqual(["churn-v1", "churn-v2"]);
  const statuses = [];
  for (let call = 0; call < 4; call += 1) statuses.push((await walk.ask("POST", "/predict", rows[0])).status);
  expect(statuses).toEqual([200, 503, 200, 503]);
  await walk.pass(3);
  expect([walk.stack.status, walk.stack.reason]).toEqual([
    "UPDATE_ROLLBACK_COMPLETE",
    expect.stringMatching(/CodeDeploy turned live back: sagewright-churn-v2-(model-errors|5xx) rings/),
  ]);
  expect(walk.rung("churn-v2")).toContainEqual(
    expect.objectContaining({ payload: expect.objectContaining({ component: "sagewright-churn-v2-model-errors" }) }),
  );
  expect(await names()).toEqual(["churn-v1"]);
  expect(walk.stack.parameters).toMatchObject({ ModelPackageArn: first, ModelVersion: "1" });
  for (const row of rows) expect(await walk.predict(row)).toMatchObject({ modelVersion: "1" });
  // The approval looks again when its message comes again, and leaves what was turned back as it is.
  await walk.pass(15);
  expect((await walk.logOf("churn-approved")).at(-1)).toMatchObject({ outcome: "turned_back", version: "churn/2" });
  // The alarms are gone with their endpoint, and what rang is over.
  expect(walk.ended("churn-v2")).toBe(walk.rung("churn-v2").length);
});

test("what was predicted is summed up; drift trains again on what was labelled since, and the team is told", async () => {
  const asked = (await walk.captures()).length;
  const week = onePlan("premium", 400);
  const ids = await walk.capture(
    week.map(({ row, left }) => ({ row, score: left ? 0.6 : 0.3 })),
    "1",
  );
  await walk.label(new Map(ids.map((id, at) => [id, week[at]?.left === true])));
  const { now } = await walk.cloud.clock.advance(60_000);
  const time = now.toISOString();
  await walk.run("churn-walk-summarise", { time });
  expect(await walk.figures("CapturedPredictions")).toEqual([asked + 400]);
  expect(await walk.run("churn-walk-weekly", { time })).toMatchObject({ version: "1", drift: "drift" });
  await walk.pass(3);
  expect((await walk.logOf("churn-walk-retrain")).filter(({ decision }) => decision !== undefined)).toEqual([
    expect.objectContaining({
      decision: expect.objectContaining({ start: true, because: expect.stringMatching(/^drift: plan: "basic" fell/) }),
      data: expect.stringMatching(/^400 rows of history and 400 fresh rows/),
    }),
  ]);
  expect(walk.told()).toMatch(
    /plan: .*basic.* fell .*The model trained by .* is version 3 and waits for its approval/s,
  );
});

test("the retrained version takes over in parts when it is approved, and the one before it leaves nothing behind", async () => {
  const retrained = await newest(walk);
  expect(retrained).toMatch(/:model-package\/churn\/3$/);
  await walk.decide(retrained, "Approved");
  const served = [];
  for (let call = 0; call < 2; call += 1) served.push((await walk.predict(rows[0] ?? {})).modelVersion);
  expect(served).toEqual(["1", "3"]);
  await walk.pass(3);
  expect([walk.stack.status, walk.stack.reason]).toEqual(["UPDATE_COMPLETE", ""]);
  const scores = await scikitScores(walk, { arn: retrained, rows, folder: newFolder() });
  for (const [at, row] of rows.entries())
    expect(await walk.predict(row)).toMatchObject({ churnProbability: scores[at], modelVersion: "3" });
  expect(walk.told()).toMatch(/took over as version 3/);
  expect(await left()).toEqual({
    endpoints: ["churn-v3"],
    ...{ configurations: 1, models: 1, versions: 2, targets: ["endpoint/churn-v3/variant/AllTraffic"] },
    alarms: ["5xx", "model-errors"].map((word) => `sagewright-churn-v3-${word}`),
  });
});

test("nothing was given up on the way", async () => {
  const waiting = await walk.waiting();
  expect(Object.keys(waiting).length).toBeGreaterThanOrEqual(6);
  for (const [queue, messages] of Object.entries(waiting)) expect([queue, messages]).toEqual([queue, "0"]);
});
