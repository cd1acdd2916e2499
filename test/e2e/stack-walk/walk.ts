import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { Lambda } from "@aws-sdk/client-lambda";
import { S3 } from "@aws-sdk/client-s3";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { SQS } from "@aws-sdk/client-sqs";
import { type Cloud, openCloud } from "@sagewright/local";
import { environmentTarget } from "@sagewright/sagemaker";
import { createKey } from "@sagewright/serving";
import type { Made } from "../../conformance/constructs/maker";
import { StackOnCloud } from "../../conformance/constructs/stack-on-cloud";
import { servingStack, standingStacks, synthesised, type WalkedApp } from "./app";
import { makersOfApp } from "./app-makers";
import { openCloudFormation } from "./cloudformation";
import { deployingMakers } from "./code-deploy";
import { Gateway, type GatewayAnswer } from "./gateway";
import { type Outside, openOutside } from "./outside";
import { ServedStack } from "./served-stack";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Clients of the walk's cloud. */
export interface WalkClients {
  readonly cloudwatch: CloudWatch;
  readonly events: EventBridge;
  readonly lambda: Lambda;
  readonly logs: CloudWatchLogs;
  readonly s3: S3;
  readonly sagemaker: SageMaker;
  readonly sqs: SQS;
}

/** What a walk goes on. */
interface Ground {
  readonly cloud: Cloud;
  readonly clients: WalkClients;
  readonly outside: Outside;
  readonly cloudformation: Awaited<ReturnType<typeof openCloudFormation>>;
  readonly gateway: Gateway;
  readonly stack: ServedStack;
  /** Resources of the stacks that stand before anything is served, by logical id. */
  readonly made: ReadonlyMap<string, Made>;
  readonly bucket: string;
  /** Of an operator, who may do what a consumer may. */
  readonly key: string;
}

/**
 * Makes the app's stacks in an embedded cloud whose clock stands still. Every function is the bundle that is deployed, in a process of
 * its own; receivers and the services that this cloud has not are servers on the loopback, API Gateway and CodeDeploy are played by what
 * the templates say of them. What `app-makers.ts` calls not covered is there by name alone.
 *
 * @param folder - an empty one
 */
export async function openWalk(folder: string, app: WalkedApp): Promise<Walk> {
  const cloud = await openCloud({ stateDir: join(folder, "state"), clock: "manual", startAt: soon() });
  const clients = clientsOf(cloud.clientConfig());
  const { bucket } = environmentTarget(app.environment);
  await clients.sagemaker.createModelPackageGroup({ ModelPackageGroupName: "churn" });
  const outside = await openOutside(cloud, { bucket, prefix: "captures/churn/AllTraffic" });
  mkdirSync(join(folder, "app"));
  const assembly = await synthesised(join(folder, "app"), app);
  const gateway = new Gateway(cloud);
  const exported = new Map<string, unknown>();
  const addresses = { ...outside.variables };
  const stackOf = (name: string) =>
    new StackOnCloud(cloud, assembly, name, {
      exported,
      environmentOf: (variables) => ({ ...variables, ...addresses }),
      makers: (usual) => ({
        ...makersOfApp({ cloud, assembly, stack: name, keep: (id, text) => outside.kept.set(id, text) }, usual),
        ...deployingMakers(cloud),
        ...gateway.makers(),
      }),
    });
  const serving = new ServedStack(stackOf(servingStack));
  const cloudformation = await openCloudFormation(serving);
  Object.assign(addresses, { AWS_ENDPOINT_URL_CLOUDFORMATION: cloudformation.url });
  const made = new Map<string, Made>();
  for (const name of standingStacks) {
    const stack = stackOf(name);
    await stack.update({}).next();
    for (const [id, each] of stack.made) made.set(id, each);
  }
  serving.begin({});
  await serving.goOn();
  const key = await keyFor(outside);
  const walk = new Walk({ cloud, clients, outside, cloudformation, gateway, stack: serving, made, bucket, key });
  // The router is called each minute; where no alert is of interest that only takes time.
  await clients.events.disableRule({ Name: walk.refOf("EveryMinute") });
  return walk;
}

const clientsOf = (config: ReturnType<Cloud["clientConfig"]>): WalkClients => ({
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

/** As `sagewright keys create` makes one in the secret of the API. */
async function keyFor({ kept }: Outside): Promise<string> {
  const name = "sagewright/walk/keys";
  const found = JSON.parse(kept.get(name) ?? "{}") as { secret: string; keys: [] };
  const store = {
    secret: Buffer.from(found.secret, "hex"),
    find: () => undefined,
    list: () => [],
    update: async (change: (keys: readonly []) => readonly object[]) => {
      kept.set(name, JSON.stringify({ ...found, keys: change(found.keys) }));
    },
  };
  const { text } = await createKey(store, { name: "the walk", role: "operator", now: new Date() });
  return text;
}

/** A walk through deployed stacks: what people do, what time does, and what can be seen of it. */
export class Walk {
  readonly clients: WalkClients;
  readonly outside: Outside;
  readonly gateway: Gateway;
  readonly stack: ServedStack;
  readonly cloud: Cloud;
  readonly bucket: string;

  constructor(private readonly ground: Ground) {
    ({
      clients: this.clients,
      outside: this.outside,
      gateway: this.gateway,
      stack: this.stack,
      cloud: this.cloud,
      bucket: this.bucket,
    } = ground);
  }

  async close(): Promise<void> {
    await this.ground.cloud.close();
    await this.ground.outside.close();
    await this.ground.cloudformation.close();
  }

  /** Lets minutes pass: everything that falls due in each happens, and an update of the serving stack goes on. */
  async pass(minutes = 1): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      await this.cloud.clock.advance(MINUTE);
      await this.stack.goOn();
    }
  }

  /** Name, ARN or URL of the first resource whose logical id has a part in it. */
  refOf(part: string): string {
    const found = [...this.ground.made].find(([id]) => id.includes(part));
    if (found === undefined) throw new Error(`Nothing is called ${part}.`);
    return found[1].ref;
  }

  /** Somebody's decision about a version, and the minute after it. */
  async decide(ModelPackageArn: string, ModelApprovalStatus: "Approved" | "Rejected"): Promise<void> {
    await this.clients.sagemaker.updateModelPackage({ ModelPackageArn, ModelApprovalStatus });
    await this.pass();
  }

  /** Somebody with a key asks the API. */
  ask(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<GatewayAnswer> {
    return this.gateway.ask(method, path, { key: this.ground.key, body, headers });
  }

  /** A prediction, which must come. */
  async predict(row: object): Promise<Record<string, unknown>> {
    const { status, body } = await this.ask("POST", "/predict", row);
    expect([status, status === 200 ? {} : body]).toEqual([200, {}]);
    return body;
  }

  /** Calls a function by its name, as a schedule would; it must come to its end. */
  async run(FunctionName: string, event: object): Promise<Record<string, unknown>> {
    const result = await this.clients.lambda.invoke({ FunctionName, Payload: JSON.stringify(event) });
    const answer = JSON.parse(Buffer.from(result.Payload ?? []).toString());
    expect([FunctionName, result.FunctionError, result.FunctionError && answer]).toEqual([
      FunctionName,
      undefined,
      undefined,
    ]);
    return answer;
  }

  /** Lines that a function printed as JSON. */
  async logOf(name: string): Promise<Record<string, unknown>[]> {
    const { events = [] } = await this.clients.logs.filterLogEvents({ logGroupName: `/aws/lambda/${name}` });
    return events.flatMap(({ message = "" }) => (message.startsWith("{") ? [JSON.parse(message)] : []));
  }

  /** What monitoring published about the model, added up by the day, the latest first. */
  async figures(MetricName: string): Promise<number[]> {
    const { now } = await this.cloud.clock.advance(0);
    const Metric = { Namespace: "Sagewright/Monitoring", MetricName, Dimensions: [{ Name: "Model", Value: "churn" }] };
    const { MetricDataResults = [] } = await this.clients.cloudwatch.getMetricData({
      MetricDataQueries: [{ Id: "m", MetricStat: { Metric, Period: DAY / 1000, Stat: "Sum" } }],
      StartTime: new Date(now.getTime() - 2 * DAY),
      EndTime: new Date(now.getTime() + DAY),
    });
    return MetricDataResults[0]?.Values ?? [];
  }

  /** States of the model's alarms, by the last part of their names. */
  async alarms(words: readonly string[]): Promise<Record<string, string | undefined>> {
    const names = new Map(words.map((word) => [`sagewright-churn-model-${word}`, word]));
    const { MetricAlarms = [] } = await this.clients.cloudwatch.describeAlarms({ AlarmNames: [...names.keys()] });
    return Object.fromEntries(MetricAlarms.map(({ AlarmName = "", StateValue }) => [names.get(AlarmName), StateValue]));
  }

  /** Incidents that PagerDuty was told of, by a word in them. */
  rung(about: string): Record<string, unknown>[] {
    const bodies = this.outside.pagerduty.arrivals.map(({ body }) => body);
    return bodies.filter(({ payload }) => JSON.stringify(payload ?? "").includes(about));
  }

  /** How many of those incidents PagerDuty was told the end of. */
  ended(about: string): number {
    const keys = new Set(this.rung(about).map(({ dedup_key: key }) => key));
    const bodies = this.outside.pagerduty.arrivals.map(({ body }) => body);
    return bodies.filter(({ dedup_key: key, event_action: action }) => action === "resolve" && keys.has(key)).length;
  }

  /** What Slack was told, as one text. */
  told(): string {
    return this.outside.slack.arrivals.map(({ body }) => JSON.stringify(body)).join("\n");
  }

  /** Keys of the objects with captured predictions. */
  async captures(): Promise<string[]> {
    const { Contents = [] } = await this.clients.s3.listObjectsV2({ Bucket: this.bucket, Prefix: "captures/" });
    return Contents.map(({ Key = "" }) => Key);
  }

  /**
   * Captures of a week beside those that there are, made like the first of them: rows with their scores, as one version gave them.
   *
   * @returns ids of the predictions
   */
  async capture(rows: readonly { row: object; score: number }[], modelVersion: string): Promise<string[]> {
    const [Key = ""] = await this.captures();
    const { Body } = await this.clients.s3.getObject({ Bucket: this.bucket, Key });
    const [line = "{}"] = ((await Body?.transformToString()) ?? "").split("\n");
    const records = rows.map(({ row, score }, at) => {
      const record = JSON.parse(line);
      const answer = JSON.parse(record.captureData.endpointOutput.data);
      record.captureData.endpointInput.data = JSON.stringify(row);
      record.captureData.endpointOutput.data = JSON.stringify({ ...answer, churnProbability: score, modelVersion });
      const { inferenceTime } = record.eventMetadata;
      // One after the other: which rows choose and which test a model is a matter of time.
      const moment = new Date(new Date(inferenceTime).getTime() - rows.length + at);
      record.eventMetadata = {
        ...record.eventMetadata,
        eventId: `of-the-week-${at}`,
        inferenceTime: moment.toISOString(),
      };
      return record;
    });
    await this.#putLines(`${Key.slice(0, Key.lastIndexOf("/"))}/week.jsonl`, records);
    return records.map(({ eventMetadata }) => eventMetadata.eventId);
  }

  /** What really happened after predictions, by their ids, beside the captures of the same hour. */
  async label(outcomes: ReadonlyMap<string, boolean>): Promise<void> {
    const [hour = ""] = (await this.captures()).flatMap((key) => /\d{4}\/\d\d\/\d\d\/\d\d/.exec(key) ?? []);
    const records = [...outcomes].map(([eventId, outcome]) => ({
      groundTruthData: { data: outcome ? "1" : "0", encoding: "CSV" },
      ...{ eventMetadata: { eventId }, eventVersion: "0" },
    }));
    await this.#putLines(`ground-truth/${hour}/labels.jsonl`, records);
  }

  async #putLines(Key: string, records: readonly object[]): Promise<void> {
    const Body = `${records.map((record) => JSON.stringify(record)).join("\n")}\n`;
    await this.clients.s3.putObject({ Bucket: this.bucket, Key, Body });
  }

  /** Messages that wait in queues, by queue: in the end there are none. */
  async waiting(): Promise<Record<string, string | undefined>> {
    const { QueueUrls = [] } = await this.clients.sqs.listQueues({});
    const counts = await Promise.all(
      QueueUrls.map(async (QueueUrl) => {
        const { Attributes } = await this.clients.sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] });
        return [QueueUrl, Attributes?.ApproximateNumberOfMessages] as const;
      }),
    );
    return Object.fromEntries(counts);
  }
}
