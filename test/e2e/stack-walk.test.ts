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
import type { Made, Maker } from "../conformance/constructs/resource-makers";
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
      makers: (usual) => ({ ...makersOfApp(cloud, usual), "AWS::CloudWatch::Alarm": onOurGateway(usual) }),
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

/** CloudWatch takes no figures of AWS's own services from anybody else: alarms read the gateway's from {@link GATEWAY}. */
function onOurGateway(usual: Readonly<Record<string, Maker>>): Maker {
  const make = usual["AWS::CloudWatch::Alarm"] as Maker;
  return (properties, id) =>
    make(JSON.parse(JSON.stringify(properties).replaceAll("AWS/ApiGateway", GATEWAY)) as never, id);
}
const GATEWAY = "Walk/ApiGateway";

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

/** The version that the test before has approved. */
const approvedBefore = async (): Promise<string> => {
  const { ModelPackageSummaryList: [found] = [] } = await clients.sagemaker.listModelPackages({
    ...{ ModelPackageGroupName: "churn", ModelApprovalStatus: "Approved" },
  });
  return found?.ModelPackageArn ?? "";
};

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
const stateOf = async (word: string): Promise<string | undefined> => {
  const AlarmNames = [`sagewright-churn-model-${word}`];
  const { MetricAlarms: [alarm] = [] } = await clients.cloudwatch.describeAlarms({ AlarmNames });
  return alarm?.StateValue;
};
const told = () => outside.pagerduty.arrivals.map(({ body }) => body);
const about = (text: string) => told().filter(({ payload }) => JSON.stringify(payload ?? "").includes(text));

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
  const outcomes = (await logOf("churn-approved")).map(({ outcome }) => outcome);
  expect(new Set(outcomes)).toEqual(new Set(["ignored"]));
  await unpublished();
});

test("before the first release nobody is woken because nobody asks", async () => {
  await cloud.clock.advance(120 * MINUTE);
  expect((await logOf("churn-approved")).at(-1)).toMatchObject({ Model: "churn", Released: 0 });
  expect([await stateOf("no-predictions"), told()]).toEqual(["OK", []]);
});

test("an approval serves its version: who approved it stands in the log, and it answers as scikit-learn does", async () => {
  await decide(await register(cloud, { bucket, folder: newFolder() }), "Approved");
  expect((await logOf("churn-approved")).filter(({ outcome }) => outcome === "deployed")).toEqual([
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

test("another approval takes over; an edit of what was approved is none, and a rollback by hand stays", async () => {
  const [first, second] = [await approvedBefore(), await register(cloud, { bucket, folder: newFolder() })];
  const sagemaker = createClients(cloud.clientConfig());
  const rolledBack = async () => {
    await rollbackEmbedded(sagemaker, { endpoint: "churn", bucket });
    expect(await predict(row)).toMatchObject({ modelVersion: "2" });
  };
  const edited = async (ModelPackageArn: string, because: string) => {
    await clients.sagemaker.updateModelPackage({ ModelPackageArn, ApprovalDescription: "still good" });
    await cloud.clock.advance(MINUTE);
    expect((await logOf("churn-approved")).at(-1)).toMatchObject({ outcome: "ignored", because });
  };
  await decide(second, "Approved");
  expect(await predict(row)).toMatchObject({ modelVersion: "3" });
  await edited(first, "churn/3 was approved later");
  expect(await predict(row)).toMatchObject({ modelVersion: "3" });
  await rolledBack();
  await edited(second, "it was acted on before, and was replaced since");
  expect(await predict(row)).toMatchObject({ modelVersion: "2" });
  // Rejected and approved again it is another approval.
  await decide(second, "Rejected");
  await decide(second, "Approved");
  expect(await predict(row)).toMatchObject({ modelVersion: "3" });
  await rolledBack();
  destroyClients(sagemaker);
});

test("an alarm reaches the one who is on call, and its end too", async () => {
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
  const predictions = 7;
  expect(await captures()).toHaveLength(predictions);
  await cloud.clock.advance(61 * MINUTE);
  expect((await figures("CapturedPredictions")).reduce((sum, each) => sum + each, 0)).toBe(predictions);
});

test("an hour of silence after the release rings, and the first request ends it", async () => {
  // No gateway counts requests here.
  const [silent, ...more] = about("Nobody has asked for a prediction for an hour");
  expect([await stateOf("no-predictions"), silent, more]).toEqual([
    ...["ALARM", expect.objectContaining({ event_action: "trigger" })],
    [],
  ]);
  const Dimensions = [
    { Name: "ApiName", Value: "churn-walk" },
    { Name: "Stage", Value: "live" },
  ];
  await clients.cloudwatch.putMetricData({
    Namespace: GATEWAY,
    MetricData: [{ MetricName: "Count", Dimensions, Value: 4 }],
  });
  await cloud.clock.advance(3 * MINUTE);
  expect(await stateOf("no-predictions")).toBe("OK");
  const ended = told().filter(({ dedup_key: key }) => key === silent?.dedup_key);
  expect(ended.map(({ event_action: action }) => action)).toEqual(["trigger", "resolve"]);
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
