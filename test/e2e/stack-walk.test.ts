import { join } from "node:path";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { Lambda } from "@aws-sdk/client-lambda";
import { S3 } from "@aws-sdk/client-s3";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { SQS } from "@aws-sdk/client-sqs";
import { type Cloud, openCloud } from "@sagewright/local";
import { createClients, destroyClients, environmentTarget, rollbackEmbedded } from "@sagewright/sagemaker";
import type { Made } from "../conformance/constructs/resource-makers";
import { applyStack } from "../conformance/constructs/stack-on-cloud";
import { scratchFolders } from "../support/cli";
import { gatewayEvent } from "../support/lambda-process";
import { environment, stackNames, synthesised } from "./stack-walk/app";
import { register, scored } from "./stack-walk/model";
import { makersOfApp } from "./stack-walk/more-makers";
import { openOutside, SECRETS } from "./stack-walk/outside";

/**
 * The app's own stacks, as `cdk synth` gives them, made in the embedded cloud and walked through: deploy, approve, predict, alarm,
 * watch, retrain. Every function is the bundle that is deployed, in a process of its own; PagerDuty, Slack, Secrets Manager and
 * Firehose are servers on the loopback. What `more-makers.ts` calls not covered is there by name alone.
 */
jest.setTimeout(180_000);

const newFolder = scratchFolders();
const { bucket } = environmentTarget(environment);
const MINUTE = 60_000;

let cloud: Cloud;
let outside: Awaited<ReturnType<typeof openOutside>>;
let clients: ReturnType<typeof clientsOf>;
const made = new Map<string, Made>();

const clientsOf = (config: ReturnType<Cloud["clientConfig"]>) => ({
  cloudwatch: new CloudWatch(config),
  events: new EventBridge(config),
  lambda: new Lambda(config),
  logs: new CloudWatchLogs(config),
  s3: new S3(config),
  sagemaker: new SageMaker(config),
  sqs: new SQS(config),
});

/** The next hour but one minute before captures are summed up, so that what is captured now lies behind. */
function soon(): Date {
  const next = new Date(Date.now() + 60 * MINUTE);
  next.setUTCMinutes(19, 0, 0);
  return next;
}

beforeAll(async () => {
  cloud = await openCloud({ stateDir: join(newFolder(), "state"), clock: "manual", startAt: soon() });
  clients = clientsOf(cloud.clientConfig());
  await clients.sagemaker.createModelPackageGroup({ ModelPackageGroupName: "churn" });
  outside = await openOutside(cloud, { bucket, prefix: "captures/churn/AllTraffic" });
  const assembly = await synthesised(newFolder());
  const exported = new Map<string, unknown>();
  for (const name of stackNames) {
    const applied = await applyStack(cloud, assembly, name, {
      environmentOf: (variables) => ({ ...variables, ...outside.variables }),
      makers: (usual) => makersOfApp(cloud, usual),
      exported,
    });
    for (const [id, each] of applied.made) made.set(id, each);
  }
  // The router is called each minute; where no alert is of interest that only takes time.
  await clients.events.disableRule({ Name: rule("EveryMinute") });
});
afterAll(async () => {
  await cloud?.close();
  await outside?.close();
});

const rule = (part: string): string => {
  const found = [...made].find(([id]) => id.includes(part));
  if (found === undefined) throw new Error(`Nothing is called ${part}.`);
  return found[1].ref;
};

async function called(FunctionName: string, event: object): Promise<{ failed: boolean; answer: string }> {
  const Payload = Buffer.from(JSON.stringify(event));
  const result = await clients.lambda.invoke({ FunctionName, Payload });
  return { failed: result.FunctionError !== undefined, answer: Buffer.from(result.Payload ?? []).toString() };
}

/** As API Gateway asks for it, when the authorizer knows who is asking. */
function asked(row: object): object {
  const event = gatewayEvent("rest", { body: JSON.stringify(row) }) as { requestContext: object };
  const authorizer = { keyId: "0123456789ab", role: "consumer" };
  return { ...event, requestContext: { ...event.requestContext, authorizer } };
}

async function predict(row: object): Promise<Record<string, unknown>> {
  const { failed, answer } = await called("churn-walk-predict", asked(row));
  expect([failed, failed ? answer : ""]).toEqual([false, ""]);
  const { statusCode, body } = JSON.parse(answer);
  expect(statusCode).toBe(200);
  return JSON.parse(body);
}

const decide = async (ModelPackageArn: string, ModelApprovalStatus: "Approved" | "Rejected"): Promise<void> => {
  await clients.sagemaker.updateModelPackage({ ModelPackageArn, ModelApprovalStatus });
  await cloud.clock.advance(MINUTE);
};

/** Lines that a function printed as JSON. */
async function logOf(name: string): Promise<Record<string, unknown>[]> {
  const { events = [] } = await clients.logs.filterLogEvents({ logGroupName: `/aws/lambda/${name}` });
  return events.flatMap(({ message = "" }) => (message.startsWith("{") ? [JSON.parse(message)] : []));
}

/** What monitoring published about the model, added up by the day, the latest first. */
async function figures(MetricName: string): Promise<number[]> {
  const { now } = await cloud.clock.advance(0);
  const Metric = { Namespace: "Sagewright/Monitoring", MetricName, Dimensions: [{ Name: "Model", Value: "churn" }] };
  const { MetricDataResults = [] } = await clients.cloudwatch.getMetricData({
    MetricDataQueries: [{ Id: "m", MetricStat: { Metric, Period: 86_400, Stat: "Sum" } }],
    StartTime: new Date(now.getTime() - 2 * 86_400_000),
    EndTime: new Date(now.getTime() + 86_400_000),
  });
  return MetricDataResults[0]?.Values ?? [];
}

const captures = async (): Promise<string[]> => {
  const { Contents = [] } = await clients.s3.listObjectsV2({ Bucket: bucket, Prefix: "captures/" });
  return Contents.map(({ Key = "" }) => Key);
};
const row = scored[1]?.row ?? {};

test("before anything is approved nothing is served, and a rejection changes nothing", async () => {
  const unpublished = async () => {
    const { failed, answer } = await called("churn-walk-predict", asked(row));
    const { statusCode, body } = JSON.parse(answer);
    expect({ failed, statusCode, code: JSON.parse(body).code }).toEqual({
      ...{ failed: false, statusCode: 503, code: "model_unpublished" },
    });
  };
  await unpublished();
  await decide(await register(cloud, { bucket, folder: newFolder() }), "Rejected");
  expect(await logOf("churn-approved")).toEqual([]);
  await unpublished();
});

test("an approval serves its version: who approved it stands in the log, and it answers as scikit-learn does", async () => {
  await decide(await register(cloud, { bucket, folder: newFolder() }), "Approved");
  expect(await logOf("churn-approved")).toEqual([
    expect.objectContaining({
      ...{ approval: 1, outcome: "deployed", change: "created", version: "churn/2", endpoint: "churn" },
      ...{ approvedBy: expect.any(String), approvedAt: expect.any(String) },
    }),
  ]);
  expect(await predict(row)).toMatchObject({ churnProbability: scored[1]?.score, modelVersion: "2" });
  const { Body } = await clients.s3.getObject({ Bucket: bucket, Key: "serving/churn/approvals/churn-2.json" });
  expect(JSON.parse((await Body?.transformToString()) ?? "")).toMatchObject({
    ...{ version: "churn/2", approvedBy: expect.any(String), approvedAt: expect.any(String) },
  });
  // What the dashboard counts predictions by.
  const decided = (await logOf("churn-walk-predict")).filter(({ audit }) => audit === 1);
  expect(decided).toEqual([expect.objectContaining({ about: expect.objectContaining({ tier: expect.any(String) }) })]);
});

test("another approval takes over, and a rollback by hand stays, however often the approval's event comes", async () => {
  const arn = await register(cloud, { bucket, folder: newFolder() });
  await decide(arn, "Approved");
  expect(await predict(row)).toMatchObject({ modelVersion: "3" });
  await cloud.clock.advance(MINUTE);
  const sagemaker = createClients(cloud.clientConfig());
  await rollbackEmbedded(sagemaker, { endpoint: "churn", bucket });
  expect(await predict(row)).toMatchObject({ modelVersion: "2" });
  await cloud.clock.advance(MINUTE);
  await clients.sagemaker.updateModelPackage({ ModelPackageArn: arn, ApprovalDescription: "still good" });
  await cloud.clock.advance(MINUTE);
  expect((await logOf("churn-approved")).at(-1)).toMatchObject({ outcome: "ignored", version: "churn/3" });
  expect(await predict(row)).toMatchObject({ modelVersion: "2" });
  destroyClients(sagemaker);
});

test("an alarm reaches the one who is on call, and its end too", async () => {
  const told = () => outside.pagerduty.arrivals.map(({ body }) => body);
  const about = (text: string) => told().filter(({ payload }) => JSON.stringify(payload ?? "").includes(text));
  // No gateway counts requests here, and silence rings.
  expect(about("Nobody has asked")).toHaveLength(1);
  await clients.cloudwatch.setAlarmState({
    ...{ AlarmName: "sagewright-churn-model-server-errors", StateValue: "ALARM", StateReason: "a rehearsal" },
  });
  await cloud.clock.advance(MINUTE);
  const [rung, ...more] = about("5xx");
  expect([rung, more]).toEqual([
    expect.objectContaining({
      ...{ event_action: "trigger", routing_key: SECRETS["walk/pagerduty"] },
      payload: expect.objectContaining({ severity: "critical" }),
    }),
    [],
  ]);
  await cloud.clock.advance(10 * MINUTE);
  const ended = told().filter(({ dedup_key: key }) => key === rung?.dedup_key);
  expect(ended.map(({ event_action: action }) => action)).toEqual(["trigger", "resolve"]);
});

test("what was predicted is captured, and summed up within the hour", async () => {
  expect(await captures()).toHaveLength(4);
  await cloud.clock.advance(61 * MINUTE);
  expect((await figures("CapturedPredictions")).reduce((sum, each) => sum + each, 0)).toBe(4);
});

test("drift is told to the team, trains again, and the team hears what came of it", async () => {
  await drifted(600);
  const { now } = await cloud.clock.advance(MINUTE);
  const time = now.toISOString();
  for (const name of ["churn-walk-summarise", "churn-walk-weekly"]) {
    const { failed, answer } = await called(name, { time });
    expect([name, failed, failed ? answer : ""]).toEqual([name, false, ""]);
    if (name.endsWith("weekly")) expect(JSON.parse(answer)).toMatchObject({ version: "2", drift: "drift" });
  }
  expect((await figures("DriftedFeatures"))[0]).toBeGreaterThan(0);
  await cloud.clock.advance(3 * MINUTE);
  const { PipelineExecutionSummaries: [run, ...more] = [] } = await clients.sagemaker.listPipelineExecutions({
    PipelineName: "churn-training",
  });
  expect([run?.PipelineExecutionDescription, more]).toEqual([
    expect.stringMatching(/^Retraining of churn: drift: plan/),
    [],
  ]);
  const texts = outside.slack.arrivals.map(({ body }) => JSON.stringify(body));
  expect(texts.join("\n")).toMatch(/plan/);
  expect(texts.join("\n")).toMatch(/did not take over: ROC AUC 0.7 of s3:.*raw.* is below the minimum/);
});

test("an operator asks for a training: accepted at once, started by the function that starts them all, one run for the key", async () => {
  const event = gatewayEvent("rest", { path: "/retrain", body: '{"reason":"new prices"}' }) as {
    readonly headers: object;
    readonly multiValueHeaders: object;
    readonly requestContext: object;
  };
  const asks = {
    ...event,
    headers: { ...event.headers, "idempotency-key": "new-prices" },
    multiValueHeaders: { ...event.multiValueHeaders, "idempotency-key": ["new-prices"] },
    requestContext: { ...event.requestContext, authorizer: { keyId: "0123456789ab", role: "operator" } },
  };
  const ask = async () => {
    const { statusCode, body } = JSON.parse((await called("churn-walk-predict", asks)).answer);
    return [statusCode, JSON.parse(body)];
  };
  expect(await ask()).toEqual([202, { started: true }]);
  await cloud.clock.advance(3 * MINUTE);
  const { PipelineExecutionSummaries: [run, ...before] = [] } = await clients.sagemaker.listPipelineExecutions({
    ...{ PipelineName: "churn-training", SortBy: "CreationTime", SortOrder: "Descending" },
  });
  expect([run?.PipelineExecutionDescription, before]).toEqual([
    "Retraining of churn: asked for: new prices",
    [expect.anything()],
  ]);
  const executionArn = run?.PipelineExecutionArn ?? "";
  expect(await ask()).toEqual([202, { runId: executionArn.split("/").at(-1), executionArn, started: false }]);
});

test("a ROC AUC below the gate rings, beside drift; what the report has told is not told by its alarm again", async () => {
  const before = outside.slack.arrivals.length;
  const Dimensions = [{ Name: "Model", Value: "churn" }];
  const MetricData = [{ MetricName: "RocAuc", Dimensions, Value: 0.74 }];
  await clients.cloudwatch.putMetricData({ Namespace: "Sagewright/Monitoring", MetricData });
  await cloud.clock.advance(5 * MINUTE);
  const AlarmNames = ["auc-below-gate", "drift"].map((word) => `sagewright-churn-model-${word}`);
  const { MetricAlarms = [] } = await clients.cloudwatch.describeAlarms({ AlarmNames });
  expect(MetricAlarms.map(({ AlarmName, StateValue }) => [AlarmName, StateValue])).toEqual(
    AlarmNames.map((name) => [name, "ALARM"]),
  );
  expect(outside.slack.arrivals).toHaveLength(before);
});

test("nothing was given up on the way", async () => {
  const { QueueUrls = [] } = await clients.sqs.listQueues({});
  expect(QueueUrls.length).toBeGreaterThanOrEqual(6);
  for (const QueueUrl of QueueUrls) {
    const { Attributes } = await clients.sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] });
    expect([QueueUrl, Attributes?.ApproximateNumberOfMessages]).toEqual([QueueUrl, "0"]);
  }
});

/** A week in which everybody is on one plan: records as the function captures them. */
async function drifted(rows: number): Promise<void> {
  const [Key = ""] = await captures();
  const { Body } = await clients.s3.getObject({ Bucket: bucket, Key });
  const [line = "{}"] = ((await Body?.transformToString()) ?? "").split("\n");
  const lines = Array.from({ length: rows }, (_, at) => {
    const record = JSON.parse(line);
    const { row: from, score } = scored[at % scored.length] ?? {};
    record.captureData.endpointInput.data = JSON.stringify({ ...from, plan: "gold" });
    const answer = JSON.parse(record.captureData.endpointOutput.data);
    record.captureData.endpointOutput.data = JSON.stringify({
      ...answer,
      ...{ churnProbability: score, modelVersion: "2" },
    });
    record.eventMetadata.eventId = `drifted-${at}`;
    return JSON.stringify(record);
  });
  const folder = Key.slice(0, Key.lastIndexOf("/"));
  await clients.s3.putObject({ Bucket: bucket, Key: `${folder}/drifted.jsonl`, Body: `${lines.join("\n")}\n` });
}
