import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { S3 } from "@aws-sdk/client-s3";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { SageMakerRuntime } from "@aws-sdk/client-sagemaker-runtime";
import { SNS } from "@aws-sdk/client-sns";
import { SQS } from "@aws-sdk/client-sqs";
import { ApprovedDeployment, ModelAlarms, RetrainingSchedule, SageMakerPipeline } from "@sagewright/cdk";
import { type Cloud, openCloud } from "@sagewright/local";
import { OBSERVATION_EVENT } from "@sagewright/monitoring";
import { App, Stack } from "aws-cdk-lib";
import { Role } from "aws-cdk-lib/aws-iam";
import { scratchFolders } from "../support/cli";
import { env } from "./constructs/maker";
import { applyStack, type StackOnCloud } from "./constructs/stack-on-cloud";

/**
 * The constructs' own templates in the embedded cloud, with the functions that they ship: an approval serves its version, an
 * alarm tells who listens, findings and the calendar train again. Time is advanced by hand.
 */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
const BUCKET = `sagewright-${env.region}-${env.account}`;
const IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3";
const ROLE = `arn:aws:iam::${env.account}:role/SagewrightExecution`;
const MINUTE = 60_000;
let cloud: Cloud;
let stack: StackOnCloud;
let clients: ReturnType<typeof clientsOf>;

const clientsOf = (config: ReturnType<Cloud["clientConfig"]>) => ({
  cloudwatch: new CloudWatch(config),
  events: new EventBridge(config),
  runtime: new SageMakerRuntime(config),
  s3: new S3(config),
  sagemaker: new SageMaker(config),
  sns: new SNS(config),
  sqs: new SQS(config),
});

beforeAll(async () => {
  cloud = await openCloud({
    stateDir: join(newFolder(), "state"),
    clock: "manual",
    startAt: new Date("2027-01-10T00:00:00Z"),
  });
  clients = clientsOf(cloud.clientConfig());
  await clients.sagemaker.createModelPackageGroup({ ModelPackageGroupName: "churn" });
  await clients.sagemaker.createPipeline({
    PipelineName: "churn-training",
    PipelineDefinition: JSON.stringify(definition),
    RoleArn: ROLE,
    ClientRequestToken: "a-token-of-at-least-thirty-two-characters",
  });
  // One call of the function waits a second for the endpoint, and not twenty.
  stack = await applyStack(cloud, synthesised(), "Walk", {
    environmentOf: ({ SAGEWRIGHT_APPROVAL: told, ...more }) =>
      told === undefined
        ? more
        : { ...more, SAGEWRIGHT_APPROVAL: JSON.stringify({ ...JSON.parse(told), waitSeconds: 1 }) },
  });
});
afterAll(() => cloud?.close());

const definition = {
  Version: "2020-12-01",
  Parameters: [{ Name: "InputDataUri", Type: "String" }],
  Steps: [
    {
      Name: "Gate",
      Type: "Condition",
      Arguments: { Conditions: [{ Type: "Equals", LeftValue: 1, RightValue: 1 }], IfSteps: [], ElseSteps: [] },
    },
  ],
};

function synthesised(): string {
  const outdir = newFolder();
  const app = new App({ outdir, analyticsReporting: false });
  const walk = new Stack(app, "Walk", { env });
  const release = new ApprovedDeployment(walk, "Release", {
    modelPackageGroupName: "churn",
    endpointName: "churn",
    serving: {
      mode: "endpoint",
      update: { type: "canary", size: { unit: "instances", value: 1 }, waitSeconds: 600, terminationWaitSeconds: 60 },
      rollback: { errorsPerMinute: 2 },
    },
    role: Role.fromRoleArn(walk, "Model", ROLE),
  });
  new RetrainingSchedule(walk, "Retraining", {
    pipeline: SageMakerPipeline.fromPipelineName(walk, "Training", "churn-training"),
    model: "churn",
    parameters: { InputDataUri: "s3://data/raw/" },
    timezone: "Europe/Berlin",
  });
  new ModelAlarms(walk, "Alarms", {
    model: "churn",
    endpoint: { endpointName: "churn", rollback: { errorsPerMinute: 5, latencyP99Ms: 500, minutes: 2, alarms: [] } },
    deadLetterQueues: { approvals: release.deadLetterQueue },
  });
  app.synth();
  return outdir;
}

/** Registers a version whose container answers one word. */
async function register(word: string): Promise<string> {
  const folder = newFolder();
  mkdirSync(join(folder, "model/code"), { recursive: true });
  const script = `def model_fn(d): return 1\ndef transform_fn(m, body, ct, accept): return ('${word}' if int(body) else 1 / 0), 'text/plain'\n`;
  writeFileSync(join(folder, "model/code/inference.py"), script);
  execFileSync("tar", ["-czf", join(folder, "model.tar.gz"), "-C", join(folder, "model"), "."]);
  const Key = `${word}/model.tar.gz`;
  await clients.s3.putObject({ Bucket: BUCKET, Key, Body: readFileSync(join(folder, "model.tar.gz")) });
  const Environment = { SAGEMAKER_PROGRAM: "inference.py", SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code" };
  const { ModelPackageArn = "" } = await clients.sagemaker.createModelPackage({
    ModelPackageGroupName: "churn",
    ModelApprovalStatus: "PendingManualApproval",
    InferenceSpecification: {
      Containers: [{ Image: IMAGE, ModelDataUrl: `s3://${BUCKET}/${Key}`, Environment }],
      SupportedContentTypes: ["text/csv"],
      SupportedResponseMIMETypes: ["text/plain"],
    },
  });
  return ModelPackageArn;
}

const judge = (ModelPackageArn: string, ModelApprovalStatus: "Approved" | "Rejected") =>
  clients.sagemaker.updateModelPackage({ ModelPackageArn, ModelApprovalStatus });
const predict = async (row = "1") => {
  const { Body } = await clients.runtime.invokeEndpoint({
    EndpointName: "churn",
    ContentType: "text/csv",
    Body: Buffer.from(row),
  });
  return Buffer.from(Body ?? []).toString();
};
const endpoint = () => clients.sagemaker.describeEndpoint({ EndpointName: "churn" });
const executions = async () => {
  const { PipelineExecutionSummaries = [] } = await clients.sagemaker.listPipelineExecutions({
    PipelineName: "churn-training",
  });
  return PipelineExecutionSummaries;
};

test("an approval serves its version, and a rejection nothing", async () => {
  const first = await register("good");
  await cloud.clock.advance(MINUTE);
  await expect(endpoint()).rejects.toThrow("Could not find endpoint");
  await judge(first, "Approved");
  await cloud.clock.advance(30 * MINUTE);
  expect((await endpoint()).EndpointStatus).toBe("InService");
  expect(await predict()).toBe("good");
  await judge(await register("worse"), "Rejected");
  await cloud.clock.advance(30 * MINUTE);
  expect(await predict()).toBe("good");
});

test("another approval takes over by canary, however often its message comes", async () => {
  await judge(await register("better"), "Approved");
  await cloud.clock.advance(MINUTE);
  expect((await endpoint()).EndpointStatus).toBe("Updating");
  await cloud.clock.advance(60 * MINUTE);
  expect((await endpoint()).EndpointStatus).toBe("InService");
  expect(await predict()).toBe("better");
  for (const [id, { ref }] of stack.made) {
    if (!ref.startsWith("http")) continue;
    const { Attributes } = await clients.sqs.getQueueAttributes({ QueueUrl: ref, AttributeNames: ["All"] });
    expect([id, Attributes?.ApproximateNumberOfMessages, Attributes?.ApproximateNumberOfMessagesNotVisible]).toEqual([
      id,
      "0",
      "0",
    ]);
  }
});

test("an alarm of the model tells the topic of its severity", async () => {
  const { QueueUrl } = await clients.sqs.createQueue({ QueueName: "heard" });
  for (const [, { ref }] of stack.made) {
    if (ref.includes(":sns:")) {
      const Endpoint = `arn:aws:sqs:${env.region}:${env.account}:heard`;
      await clients.sns.subscribe({ TopicArn: ref, Protocol: "sqs", Endpoint });
    }
  }
  for (let minute = 0; minute < 5; minute += 1) {
    for (let request = 0; request < 8; request += 1)
      await expect(predict("0")).rejects.toMatchObject({ name: "ModelError" });
    await cloud.clock.advance(MINUTE);
  }
  const { Messages = [] } = await clients.sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  const heard = Messages.map(({ Body = "" }) => JSON.parse(JSON.parse(Body).Message));
  expect(heard).toContainEqual(
    expect.objectContaining({ NewStateValue: "ALARM", AlarmName: expect.stringContaining("endpoint-errors") }),
  );
});

test("a letter in the queue of what failed for good is an alarm, for as long as it lies there", async () => {
  const { MetricAlarms = [] } = await clients.cloudwatch.describeAlarms({});
  const letters = MetricAlarms.find(({ AlarmName }) => AlarmName?.endsWith("dead-letters-approvals"));
  const QueueName = letters?.Dimensions?.find(({ Name }) => Name === "QueueName")?.Value ?? "";
  const state = async () => {
    await cloud.clock.advance(20 * MINUTE);
    const found = await clients.cloudwatch.describeAlarms({ AlarmNames: [letters?.AlarmName ?? ""] });
    return found.MetricAlarms?.[0]?.StateValue;
  };
  const { QueueUrl } = await clients.sqs.getQueueUrl({ QueueName });
  expect(await state()).toBe("OK");
  await clients.sqs.sendMessage({ QueueUrl, MessageBody: "an approval" });
  expect([await state(), await state()]).toEqual(["ALARM", "ALARM"]);
  await clients.sqs.purgeQueue({ QueueUrl });
  expect(await state()).toBe("OK");
});

test("a finding trains again, once within the cool-down, and what came of it is published", async () => {
  const now = (await cloud.clock.advance(0)).now;
  const finding = {
    ...{
      key: "churn/drift/tenure",
      kind: "drift",
      severity: "performance",
      subject: "tenure",
      since: now.toISOString(),
    },
    ...{ what: "tenure has drifted.", extent: "PSI 0.4.", action: "Look.", runbook: "drift", model: { name: "churn" } },
  };
  const Detail = JSON.stringify({ format: 1, at: now.toISOString(), findings: [finding], cleared: [] });
  const { source: Source, detailType: DetailType } = OBSERVATION_EVENT;
  const put = () => clients.events.putEvents({ Entries: [{ Source, DetailType, Detail }] });
  const { QueueUrl = "" } = await clients.sqs.createQueue({ QueueName: "told" });
  await clients.events.putRule({ Name: "told", EventPattern: JSON.stringify({ source: [Source] }) });
  const Arn = `arn:aws:sqs:${env.region}:${env.account}:told`;
  await clients.events.putTargets({ Rule: "told", Targets: [{ Id: "queue", Arn }] });
  await put();
  await put();
  await cloud.clock.advance(5 * MINUTE);
  expect(await executions()).toEqual([expect.objectContaining({ PipelineExecutionStatus: "Succeeded" })]);
  await put();
  await cloud.clock.advance(5 * MINUTE);
  expect(await executions()).toHaveLength(1);
  const { Messages = [] } = await clients.sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  const told = Messages.map(
    ({ Body = "" }) => JSON.parse(Body).detail as { notes?: { about: string; text: string }[] },
  );
  expect(told.flatMap(({ notes = [] }) => notes)).toEqual(
    ["drift", "performance"].map((group) =>
      expect.objectContaining({
        about: `churn/${group}`,
        text: expect.stringContaining("did not take over: it registered no version"),
      }),
    ),
  );
});

test("the calendar trains on the first of the month, at three in Berlin", async () => {
  await cloud.clock.advance(31 * 24 * 60 * MINUTE);
  const [latest] = await executions();
  const { PipelineExecutionDescription } = await clients.sagemaker.describePipelineExecution({
    PipelineExecutionArn: latest?.PipelineExecutionArn,
  });
  expect([PipelineExecutionDescription, latest?.StartTime?.toISOString()]).toEqual([
    "Retraining of churn: the schedule of 2027-02-01",
    "2027-02-01T02:00:00.000Z",
  ]);
});
