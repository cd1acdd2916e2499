import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readContract } from "@sagewright/contract";
import { createClients, destroyClients, rollbackEmbedded } from "@sagewright/sagemaker";
import { root, scratchFolders } from "../support/cli";
import { walkedEnvironment } from "./stack-walk/app";
import { register, scored } from "./stack-walk/model";
import { SECRETS } from "./stack-walk/outside";
import { refusing } from "./stack-walk/trainings";
import { openWalk, type Walk } from "./stack-walk/walk";

/**
 * The app's own stacks, as `cdk synth` gives them, where functions score themselves: deploy, approve, predict, alarm, watch,
 * retrain. `stack-walk-endpoint.test.ts` does the same with endpoints.
 */
jest.setTimeout(180_000);

const newFolder = scratchFolders();
const contract = join(root, "packages/serving/test/unit/fixtures/binary.contract.json");
const row = scored[1]?.row ?? {};
let walk: Walk;

beforeAll(async () => {
  walk = await openWalk(newFolder(), {
    environment: walkedEnvironment({ mode: "embedded", capture: { share: 1 } }),
    contract: readContract(readFileSync(contract, "utf8")),
    training: refusing,
  });
});
afterAll(() => walk?.close());

const registered = () => register(walk.cloud, { bucket: walk.bucket, folder: newFolder() });

test("before anything is approved nothing is served, and a rejection changes nothing", async () => {
  const unpublished = { status: 503, body: expect.objectContaining({ code: "model_unpublished" }) };
  expect(await walk.ask("POST", "/predict", row)).toEqual(unpublished);
  await walk.decide(await registered(), "Rejected");
  expect(await walk.logOf("churn-approved")).toEqual([]);
  expect(await walk.ask("POST", "/predict", row)).toEqual(unpublished);
});

test("an approval serves its version: who approved it stands in the log, and it answers as scikit-learn does", async () => {
  await walk.decide(await registered(), "Approved");
  expect(await walk.logOf("churn-approved")).toEqual([
    expect.objectContaining({
      ...{ approval: 1, outcome: "deployed", change: "created", version: "churn/2", endpoint: "churn" },
      ...{ approvedBy: expect.any(String), approvedAt: expect.any(String) },
    }),
  ]);
  expect(await walk.predict(row)).toMatchObject({ churnProbability: scored[1]?.score, modelVersion: "2" });
  const Key = "serving/churn/approvals/churn-2.json";
  const { Body } = await walk.clients.s3.getObject({ Bucket: walk.bucket, Key });
  expect(JSON.parse((await Body?.transformToString()) ?? "")).toMatchObject({
    ...{ version: "churn/2", approvedBy: expect.any(String), approvedAt: expect.any(String) },
  });
  // What the dashboard counts predictions by.
  const decided = (await walk.logOf("churn-walk-predict")).filter(({ audit }) => audit === 1);
  expect(decided).toEqual([expect.objectContaining({ about: expect.objectContaining({ tier: expect.any(String) }) })]);
});

test("who has no key is not let in, and asks no model", async () => {
  const before = (await walk.logOf("churn-walk-predict")).length;
  expect((await walk.gateway.ask("POST", "/predict", { body: row })).status).toBe(401);
  expect(await walk.logOf("churn-walk-predict")).toHaveLength(before);
});

test("another approval takes over, and a rollback by hand stays, however often the approval's event comes", async () => {
  const arn = await registered();
  await walk.decide(arn, "Approved");
  expect(await walk.predict(row)).toMatchObject({ modelVersion: "3" });
  await walk.pass();
  const clients = createClients(walk.cloud.clientConfig());
  await rollbackEmbedded(clients, { endpoint: "churn", bucket: walk.bucket });
  expect(await walk.predict(row)).toMatchObject({ modelVersion: "2" });
  await walk.pass();
  await walk.clients.sagemaker.updateModelPackage({ ModelPackageArn: arn, ApprovalDescription: "still good" });
  await walk.pass();
  expect((await walk.logOf("churn-approved")).at(-1)).toMatchObject({ outcome: "ignored", version: "churn/3" });
  expect(await walk.predict(row)).toMatchObject({ modelVersion: "2" });
  destroyClients(clients);
});

test("an alarm reaches the one who is on call, and its end too", async () => {
  // No gateway counts requests here, and silence rings.
  expect(walk.rung("Nobody has asked")).toHaveLength(1);
  await walk.clients.cloudwatch.setAlarmState({
    ...{ AlarmName: "sagewright-churn-model-server-errors", StateValue: "ALARM", StateReason: "a rehearsal" },
  });
  await walk.pass();
  const [rung, ...more] = walk.rung("5xx");
  expect([rung, more]).toEqual([
    expect.objectContaining({
      ...{ event_action: "trigger", routing_key: SECRETS["walk/pagerduty"] },
      payload: expect.objectContaining({ severity: "critical" }),
    }),
    [],
  ]);
  await walk.pass(10);
  expect(walk.ended("5xx")).toBe(1);
});

test("what was predicted is captured, and summed up within the hour", async () => {
  expect(await walk.captures()).toHaveLength(4);
  await walk.pass(61);
  expect((await walk.figures("CapturedPredictions")).reduce((sum, each) => sum + each, 0)).toBe(4);
});

test("drift is told to the team, trains again, and the team hears what came of it", async () => {
  // A week in which everybody is on one plan.
  const week = Array.from({ length: 600 }, (_, at) => scored[at % scored.length] ?? { row: {}, score: 0 });
  await walk.capture(
    week.map((each) => ({ row: { ...each.row, plan: "gold" }, score: each.score })),
    "2",
  );
  const { now } = await walk.cloud.clock.advance(60_000);
  const time = now.toISOString();
  await walk.run("churn-walk-summarise", { time });
  expect(await walk.run("churn-walk-weekly", { time })).toMatchObject({ version: "2", drift: "drift" });
  expect((await walk.figures("DriftedFeatures"))[0]).toBeGreaterThan(0);
  await walk.pass(3);
  const { PipelineExecutionSummaries: [run, ...more] = [] } = await walk.clients.sagemaker.listPipelineExecutions({
    PipelineName: "churn-training",
  });
  expect([run?.PipelineExecutionDescription, more]).toEqual([
    expect.stringMatching(/^Retraining of churn: drift: plan/),
    [],
  ]);
  expect(walk.told()).toMatch(/plan/);
  expect(walk.told()).toMatch(/did not take over: ROC AUC 0.7 of s3:.*raw.* is below the minimum/);
});

test("an operator asks for a training: accepted at once, started by the function that starts them all, one run for the key", async () => {
  const ask = () => walk.ask("POST", "/retrain", { reason: "new prices" }, { "idempotency-key": "new-prices" });
  expect(await ask()).toEqual({ status: 202, body: { started: true } });
  await walk.pass(3);
  const { PipelineExecutionSummaries: [run, ...before] = [] } = await walk.clients.sagemaker.listPipelineExecutions({
    ...{ PipelineName: "churn-training", SortBy: "CreationTime", SortOrder: "Descending" },
  });
  expect([run?.PipelineExecutionDescription, before]).toEqual([
    "Retraining of churn: asked for: new prices",
    [expect.anything()],
  ]);
  const executionArn = run?.PipelineExecutionArn ?? "";
  const body = { runId: executionArn.split("/").at(-1), executionArn, started: false };
  expect(await ask()).toEqual({ status: 202, body });
});

test("a ROC AUC below the gate rings, beside drift; what the report has told is not told by its alarm again", async () => {
  const before = walk.outside.slack.arrivals.length;
  const Dimensions = [{ Name: "Model", Value: "churn" }];
  const MetricData = [{ MetricName: "RocAuc", Dimensions, Value: 0.74 }];
  await walk.clients.cloudwatch.putMetricData({ Namespace: "Sagewright/Monitoring", MetricData });
  await walk.pass(5);
  expect(await walk.alarms(["auc-below-gate", "drift"])).toEqual({ "auc-below-gate": "ALARM", drift: "ALARM" });
  expect(walk.outside.slack.arrivals).toHaveLength(before);
});

test("nothing was given up on the way", async () => {
  const waiting = await walk.waiting();
  expect(Object.keys(waiting).length).toBeGreaterThanOrEqual(6);
  for (const [queue, messages] of Object.entries(waiting)) expect([queue, messages]).toEqual([queue, "0"]);
});
