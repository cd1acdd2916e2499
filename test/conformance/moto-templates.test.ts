import type { OpenApiDocument } from "@sagewright/cdk";
import type { Environment } from "@sagewright/sagemaker";
import { appOf } from "../../infra/lib/app";
import { everyEnvironment } from "../../infra/test/support/environments";
import { type Synthesised, synthesised } from "../../infra/test/support/synthesised";
import { scratchFolders } from "../support/cli";
import { type Account, type Found, type Given, type Moto, startMoto } from "./moto-templates/cloud";
import { type Reference, referencesIn, referencesOf, There } from "./moto-templates/references";

/**
 * The app's stacks in moto, a double of AWS that others wrote: made in their order, looked at through the services' own APIs,
 * updated, released, and destroyed. What one resource holds of another must be there.
 */
jest.setTimeout(600_000);

const newFolder = scratchFolders();
const PARTS = ["data", "pipeline", "observability", "serving"] as const;

/** Every way of serving, the smallest environment and the fullest; each in an account of its own, as they are deployed. */
const environments: Readonly<Record<string, Environment>> = Object.fromEntries(
  ["dev", "embedded", "serverless", "linear", "prod"].map((name, index) => [
    name,
    { ...(everyEnvironment[name] as Environment), account: `33334444555${index}` },
  ]),
);
const names = Object.keys(environments);

/** References to what these stacks do not make, each with the reason why it need not be there. */
const OUTSIDE: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/:iam::\d+:root$/, "the account itself"],
  [/:iam::aws:policy\//, "AWS's own policies: a role is given only those that moto knows of"],
  [/:(processing-job|training-job|hyper-parameter-tuning-job)\/\*$/, "named by SageMaker when they run"],
  [/:log-group:\/aws\/sagemaker\//, "made by SageMaker when the first job or endpoint runs"],
  [/:ecr:[^:]+:492215442770:/, "images in AWS's own account"],
  [/:schedule-group\/default$/, "there in every account"],
  [/:scheduler:::aws-sdk:sagemaker:startPipelineExecution$/, "an operation, not a resource"],
  [/:secret:sagewright\/[a-z]+\/(pagerduty|slack|jira)-\?+$/, "put into Secrets Manager by hand"],
  [/:parameter\/cdk-bootstrap\//, "made when the account was prepared; without it no stack here could be made"],
  [/:user-profile\/fake-domain-id\//, "moto's own idea of who made a pipeline"],
];

/** What moto does not make, so that the template's word is all there is; everything else is made through its services' own APIs. */
const BY_NAME_ALONE = [
  "AWS::CodeDeploy::Application: its removal",
  "AWS::CodeDeploy::DeploymentConfig: all of it",
  "AWS::CodeDeploy::DeploymentGroup: its change",
  "AWS::CodeDeploy::DeploymentGroup: its removal",
  "AWS::Lambda::Alias: ProvisionedConcurrencyConfig",
];

/** What moto takes without a word, and does not tell again: by kind, as its service would call it. Their references are looked at as given. */
const UNTOLD: readonly (readonly [kind: string, told: (about: Said) => unknown])[] = [
  ["function", (about) => about.LoggingConfig],
  ["endpoint", (about) => about.LastDeploymentConfig],
  ["deploymentGroup", (about) => about.alarmConfiguration.alarms],
];

let moto: Moto;
let all: Synthesised;
const accounts: Record<string, Account> = {};
let found: Record<string, readonly Found[]> = {};

beforeAll(async () => {
  const [started, made] = await Promise.all([startMoto(newFolder()), synthesised(environments)]);
  moto = started;
  all = made;
  for (const name of names) {
    const account = moto.account((environments[name] as Environment).account);
    accounts[name] = account;
    await account.bootstrap();
    await account.sagemaker.createModelPackageGroup({ ModelPackageGroupName: "churn" });
    for (const part of PARTS) await deploy(name, part, all.folder, 1);
  }
  found = await look(names);
});
afterAll(() => moto?.stop());

/** Deploys a stack; the serving stack of a mode with an endpoint comes with a release. */
async function deploy(name: string, part: string, assembly: string, version: number): Promise<void> {
  const account = accounts[name] as Account;
  const stack = `sagewright-${name}-${part}`;
  const released = part === "serving" && (environments[name] as Environment).serving.mode !== "embedded";
  await account.deploy(assembly, stack, released ? await release(account, version) : {});
}

async function release({ sagemaker, s3, id }: Account, version: number): Promise<Record<string, string>> {
  const Key = `releases/${version}.zip`;
  await s3.putObject({ Bucket: `sagewright-eu-central-1-${id}`, Key, Body: EMPTY_ARCHIVE });
  const { ModelPackageArn = "" } = await sagemaker.createModelPackage({
    ModelPackageGroupName: "churn",
    ModelApprovalStatus: "Approved",
    InferenceSpecification: {
      Containers: [{ Image: "image", ModelDataUrl: "s3://bucket/model.tar.gz" }],
      SupportedContentTypes: ["text/csv"],
      SupportedResponseMIMETypes: ["text/csv"],
    },
  });
  const ModelDigest = String(version).repeat(64).slice(0, 64);
  return { ModelPackageArn, ModelVersion: String(version), ModelDigest, ModelLayerKey: Key };
}
const EMPTY_ARCHIVE = Buffer.concat([Buffer.from("PK\x05\x06"), Buffer.alloc(18)]);

async function look(among: readonly string[]): Promise<Record<string, readonly Found[]>> {
  const ids = among.map((name) => (accounts[name] as Account).id);
  const there = await moto.inventory(ids);
  return Object.fromEntries(among.map((name, index) => [name, there[ids[index] as string] ?? []]));
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a service says of a resource
type Said = any;
const of = (name: string, kind: string): readonly (Found & { about: Said })[] =>
  (found[name] as readonly Found[]).filter((each) => each.kind === kind);
const only = (name: string, kind: string): Found & { about: Said } => {
  const [first, second] = of(name, kind);
  if (first === undefined || second !== undefined) throw new Error(`There is not one ${kind}.`);
  return first;
};
const givenTo = (name: string): readonly Given[] =>
  moto.given().filter(({ stack }) => stack.startsWith(`sagewright-${name}-`));

function dangling(name: string, given: readonly Given[], there: readonly Found[]): Reference[] {
  const exists = new There(there);
  const { serving } = environments[name] as Environment;
  const others = serving.mode === "endpoint" ? (serving.rollback?.alarms ?? []) : [];
  return referencesOf(given, there).filter(
    (each) => !exists.has(each) && !OUTSIDE.some(([pattern]) => pattern.test(each.to)) && !others.includes(each.to),
  );
}

test("what moto does not make is listed, and nothing else", () => {
  const lacking = moto.given().flatMap(({ type, without }) => without.map((what) => `${type}: ${what}`));
  expect([...new Set(lacking)].sort()).toEqual(BY_NAME_ALONE);
  for (const [kind, told] of UNTOLD)
    expect([
      kind,
      of("prod", kind)
        .map(({ about }) => told(about))
        .filter((each) => each !== undefined),
    ]).toEqual([kind, []]);
});

test("every reason why something need not be there is needed", () => {
  const missing = names.flatMap((name) => {
    const there = new There(found[name] as readonly Found[]);
    return referencesOf(givenTo(name), found[name] as readonly Found[]).filter((each) => !there.has(each));
  });
  const needless = OUTSIDE.filter(([pattern]) => !missing.some(({ to }) => pattern.test(to)));
  expect(needless).toEqual([]);
});

describe.each(names)("%s", (name) => {
  const environment = environments[name] as Environment;
  const captured = environment.serving.mode !== "serverless" && environment.serving.capture !== undefined;

  test("every ARN, name, URI and URL that a resource holds is of something that is there", () => {
    const given = givenTo(name);
    expect(referencesOf(given, found[name] as readonly Found[]).length).toBeGreaterThan(250);
    expect(dangling(name, given, found[name] as readonly Found[])).toEqual([]);
  });

  test("the API has the paths and methods that are described, with the authorizer on each that asks for a key", () => {
    const { about } = only(name, "api");
    const authorizer = about.authorizers[0];
    expect(about.authorizers).toHaveLength(1);
    expect(authorizer).toMatchObject({ type: "REQUEST", authorizerResultTtlInSeconds: 0 });
    const described = { ...routes(all.product.openApi), ...DOCUMENTATION };
    expect(Object.keys(about.methods).sort()).toEqual(Object.keys(described).sort());
    for (const [route, keyed] of Object.entries(described)) {
      const { authorizationType, authorizerId, methodIntegration } = about.methods[route];
      const told = keyed ? ["CUSTOM", authorizer.id] : [undefined, undefined];
      expect([route, authorizationType, authorizerId]).toEqual([route, ...told]);
      expect(methodIntegration.uri).toContain(`:function:churn-${name}-predict:live/invocations`);
    }
  });

  test("the stage limits requests, and logs them without who asked or what", () => {
    const { about } = only(name, "stage");
    const { requestsPerSecond, burst } = environment.serving.api ?? {};
    expect(about.methodSettings["*/*"]).toMatchObject({
      throttlingRateLimit: requestsPerSecond ?? 50,
      throttlingBurstLimit: burst ?? 100,
      dataTraceEnabled: false,
    });
    expect(about.deployments).toEqual([about.deploymentId]);
    const written = Object.values(JSON.parse(about.accessLogSettings.format) as Record<string, string>);
    expect(written.filter((each) => /identity|body|header|querystring/i.test(each))).toEqual([]);
    const plan = only(name, "usagePlan");
    expect(plan.about.apiStages).toEqual([{ apiId: about.api, stage: "live" }]);
    expect(plan.about.throttle).toEqual({ rateLimit: requestsPerSecond ?? 50, burstLimit: burst ?? 100 });
    expect(of(name, "firewall").map(({ arn }) => arn)).toEqual(about.webAclArn === undefined ? [] : [about.webAclArn]);
    expect(about.webAclArn !== undefined).toBe(environment.serving.api?.firewall === true);
  });

  test("a role is for the one service that assumes it, and allows no action by wildcard", () => {
    for (const { name: role, about } of of(name, "role")) {
      const [trust, ...more] = about.trust.Statement;
      expect([role, more, typeof trust.Principal.Service]).toEqual([role, [], "string"]);
      const users = usersOf(role, name);
      expect([role, [...users]]).toEqual([role, [trust.Principal.Service]]);
      const documents: Said[] = Object.values(about.policies);
      const actions = documents.flatMap(({ Statement }) => [Statement].flat().flatMap((each: Said) => each.Action));
      expect(actions.filter((action: string) => action.includes("*"))).toEqual([]);
    }
  });

  test("keys turn, and the data's key has the name that the environment gives it", () => {
    for (const { about } of of(name, "key")) expect(about.rotates).toBe(true);
    const aliases = of(name, "key").flatMap(({ about }) => about.aliases);
    expect(aliases).toEqual(environment.kmsKey === undefined ? [] : [environment.kmsKey]);
    const data = of(name, "bucket").find(({ name: each }) => each === `sagewright-eu-central-1-${environment.account}`);
    const [rule] = data?.about.encryption ?? [];
    const algorithm = environment.kmsKey === undefined ? "AES256" : "aws:kms";
    expect(rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm).toBe(algorithm);
    expect(data?.about).toMatchObject({ versioning: "Enabled", logging: { TargetPrefix: "data/" } });
    for (const bucket of of(name, "bucket").filter(({ name: each }) => !each.startsWith("cdk-")))
      expect(Object.values(bucket.about.private)).toEqual([true, true, true, true]);
  });

  test("the secret of the keys is hexadecimal, and nobody may ask yet", () => {
    const { name: secret, about } = only(name, "secret");
    expect(secret).toBe(`sagewright/${name}/keys`);
    expect(about.value).toEqual({ format: 1, keys: [], secret: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test("what fails for good lies in a queue that keeps it for two weeks, and which queue that is has an alarm", () => {
    const watched = of(name, "alarm").flatMap(({ about }) =>
      about.Dimensions.filter(({ Name }: Said) => Name === "QueueName").map(({ Value }: Said) => Value),
    );
    const into = new Set<string>();
    for (const { about } of of(name, "queue")) {
      if (about.RedrivePolicy !== null) into.add(about.RedrivePolicy.deadLetterTargetArn);
    }
    for (const { about } of [...of(name, "rule"), ...of(name, "schedule")]) {
      for (const target of about.targets ?? [about.Target]) {
        expect([about.Name, target]).toEqual([
          about.Name,
          expect.objectContaining({ DeadLetterConfig: expect.anything() }),
        ]);
        into.add(target.DeadLetterConfig.Arn);
      }
    }
    const letters = of(name, "queue").filter(({ arn }) => into.has(arn));
    expect(letters.map(({ name: queue }) => queue).sort()).toEqual([...watched].sort());
    for (const { about } of letters) expect(about.MessageRetentionPeriod).toBe("1209600");
  });

  test("alarms and the budget tell topics, topics tell the router's queue", () => {
    const topics = of(name, "topic").map(({ arn }) => arn);
    expect(topics).toHaveLength(3);
    for (const { about } of of(name, "alarm")) {
      const told = [...about.AlarmActions, ...about.OKActions];
      expect(told.filter((arn) => !topics.includes(arn))).toEqual([]);
    }
    const subscribed = of(name, "subscription").map(({ about }) => [about.TopicArn, about.Protocol]);
    expect(subscribed.sort()).toEqual(
      (environment.alerts === undefined ? [] : topics.map((arn) => [arn, "sqs"])).sort(),
    );
    const { about: budget } = only(name, "budget");
    expect(budget.BudgetLimit).toEqual({ Amount: String(environment.budget?.usdPerMonth), Unit: "USD" });
    expect(budget.notifications.map(({ Threshold }: Said) => Threshold)).toEqual([50, 80, 100]);
  });

  test("functions run where their code runs, write to groups that forget, and their layers are there", () => {
    const groups = new Map(of(name, "logs").map(({ name: group, about }) => [group, about.retentionInDays]));
    for (const [group, days] of groups) expect([group, days]).toEqual([group, expect.any(Number)]);
    const functions = givenTo(name).filter(({ type }) => type === "AWS::Lambda::Function") as readonly Said[];
    expect(functions.length).toBe(of(name, "function").length);
    for (const { ref, given } of functions) {
      const { about } = of(name, "function").find((each) => each.name === ref) as Said;
      expect(about.Runtime).toMatch(/^(nodejs24\.x|python3\.1\d)$/);
      expect(about.Architectures).toEqual(["arm64"]);
      expect([about.MemorySize, about.Timeout]).toEqual([given.MemorySize, given.Timeout]);
      expect(groups.has(given.LoggingConfig.LogGroup)).toBe(true);
    }
    const [variables] = of(name, "function")
      .filter(({ name: each }) => each === `churn-${name}-predict`)
      .map(({ about }) => about.Environment.Variables);
    expect(variables.CAPTURE_STREAM !== undefined).toBe(captured);
    expect(variables.ENDPOINT_NAME).toBe(environment.serving.mode === "embedded" ? undefined : "churn-v1");
  });

  test("retraining is started by a role that may start the one pipeline, and nothing else", () => {
    const schedules = of(name, "schedule");
    expect(schedules).toHaveLength(environment.retraining === undefined ? 0 : 1);
    for (const { about } of schedules) {
      const role = of(name, "role").find(({ arn }) => arn === about.Target.RoleArn) as Said;
      const statements = Object.values(role.about.policies).flatMap(({ Statement }: Said) => Statement);
      const started = statements.filter(({ Action }: Said) =>
        [Action].flat().includes("sagemaker:StartPipelineExecution"),
      );
      expect(started.map(({ Resource }: Said) => Resource)).toEqual([only(name, "pipeline").arn]);
      expect(JSON.parse(about.Target.Input)).toMatchObject({ PipelineName: "churn-training" });
    }
  });

  test("the endpoint is made of the approved version, on what the environment says", () => {
    const { serving } = environment;
    if (serving.mode === "embedded") return expect(of(name, "endpoint")).toEqual([]);
    const { about } = only(name, "endpointConfig");
    const [variant] = about.ProductionVariants;
    const [model] = of(name, "model");
    expect(model?.about.PrimaryContainer.ModelPackageName).toMatch(/:model-package\/churn\/1$/);
    if (serving.mode === "serverless")
      return expect(variant.ServerlessConfig).toMatchObject({ ProvisionedConcurrency: serving.provisionedConcurrency });
    expect([variant.InstanceType, variant.InitialInstanceCount]).toEqual([serving.instanceType, serving.instances]);
    const { minimum, maximum, targetInvocationsPerInstance } = serving.autoscaling as Said;
    expect(only(name, "scaled").about).toMatchObject({ MinCapacity: minimum, MaxCapacity: maximum });
    expect(only(name, "scaling").about.TargetTrackingScalingPolicyConfiguration.TargetValue).toBe(
      targetInvocationsPerInstance,
    );
  });
});

/** Services that are given a role, by its ARN or name. */
function usersOf(role: string, name: string): Set<string> {
  const services = Object.entries(USERS).flatMap(([type, service]) =>
    givenTo(name).some((each) => each.type === type && JSON.stringify(each.given).includes(`:role/${role}"`))
      ? [service]
      : [],
  );
  return new Set(services);
}

const USERS: Readonly<Record<string, string>> = {
  "AWS::ApiGateway::Account": "apigateway.amazonaws.com",
  "AWS::ApiGateway::RestApi": "apigateway.amazonaws.com",
  "AWS::CodeDeploy::DeploymentGroup": "codedeploy.amazonaws.com",
  "AWS::Events::Rule": "events.amazonaws.com",
  "AWS::KinesisFirehose::DeliveryStream": "firehose.amazonaws.com",
  "AWS::Lambda::Function": "lambda.amazonaws.com",
  "AWS::SageMaker::Model": "sagemaker.amazonaws.com",
  "AWS::SageMaker::Pipeline": "sagemaker.amazonaws.com",
  "AWS::Scheduler::Schedule": "scheduler.amazonaws.com",
};

/** What the gateway answers beside what is described: the description itself and its page, for everybody. */
const DOCUMENTATION = Object.fromEntries(
  ["/openapi.json", "/docs", "/docs/docs.css", "/docs/docs.js"].map((path) => [`GET ${path}`, false]),
);

/** Routes of a description, and whether each asks for a key. */
function routes({ paths }: OpenApiDocument): Record<string, boolean> {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { security?: readonly object[] }>).map(
      ([method, { security = [] }]) => [`${method.toUpperCase()} ${path}`, security.length > 0] as const,
    ),
  );
  return Object.fromEntries(all);
}

test("a reference to what is not there would be found, wherever it stands", () => {
  const there = new There(found.prod as readonly Found[]);
  const of = (value: unknown) => referencesIn("somebody", value).filter((each) => !there.has(each));
  const [queue] = (found.prod as readonly Found[]).filter(({ kind }) => kind === "queue");
  const broken = [
    { TopicArn: "arn:aws:sns:eu-central-1:333344445554:nobody" },
    { Policy: JSON.stringify({ Statement: [{ Resource: [`${queue?.arn}s`] }] }) },
    { Dimensions: [{ Name: "FunctionName", Value: "churn-prod-predicts" }] },
    { metrics: [["AWS/ApiGateway", "Count", "ApiName", "churn-staging"]] },
    { query: "SOURCE '/aws/lambda/nobody' | stats count(*)" },
    { Environment: { Variables: { FRESH: '{"bucket":"nobody"}', INPUT: "s3://nobody/raw/" } } },
    {
      uri: `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:333344445554:function:churn-prod-predict:lives/invocations`,
    },
    { PipelineDefinition: `{"S3Uri":"s3://sagewright-eu-central-1-333344445554/code/${"0".repeat(64)}/prepare.py"}` },
  ];
  expect(broken.map((each) => of(each).length)).toEqual([1, 1, 1, 1, 1, 2, 1, 1]);
  expect(of({ QueueArn: queue?.arn })).toEqual([]);
});

describe("a changed configuration, and a release", () => {
  let before: readonly Found[];
  let now: readonly Found[];
  const message = { MessageBody: "an approval that failed" };

  beforeAll(async () => {
    before = found.prod as readonly Found[];
    const { s3, sqs, secrets, id } = accounts.prod as Account;
    const bucket = `sagewright-eu-central-1-${id}`;
    await s3.putObject({ Bucket: bucket, Key: "raw/2027/01/rows.csv", Body: "rows" });
    await secrets.putSecretValue({ SecretId: "sagewright/prod/keys", SecretString: '{"format":1,"keys":["billing"]}' });
    for (const { about } of before.filter(({ kind }) => kind === "queue")) {
      await sqs.sendMessage({ QueueUrl: (about as Said).url, ...message });
    }
    const assembly = newFolder();
    appOf(all.product, { prod: changed() }, { outdir: assembly }, false).synth();
    for (const part of PARTS) await deploy("prod", part, assembly, 2);
    ({ prod: now = [] } = await look(["prod"]));
  });

  function changed(): Environment {
    const prod = environments.prod as Environment & { serving: { mode: "endpoint" } };
    const serving = {
      ...prod.serving,
      instances: 3,
      rollback: { errorsPerMinute: 7, latencyP99Ms: 500, minutes: 2 },
      autoscaling: { minimum: 3, maximum: 9, targetInvocationsPerInstance: 2_000 },
      api: { requestsPerSecond: 150, burst: 300, firewall: true },
      lambda: { memoryMb: 1024 },
    };
    const budget = { usdPerMonth: 600 };
    const monitoring = { ...prod.monitoring, latencyP95Ms: 400 };
    return { ...prod, serving, budget, monitoring, retention: { ...prod.retention, logDays: 30 } } as Environment;
  }

  const all_ = (there: readonly Found[], kind: string) => there.filter((each) => each.kind === kind) as readonly Said[];
  const arns = (there: readonly Found[], kind: string) =>
    all_(there, kind)
      .map(({ arn }) => arn)
      .sort();

  test("what holds anything is what it was, with what it held", () => {
    for (const kind of ["bucket", "key", "secret", "queue", "topic", "function", "logs", "pipeline", "stream", "api"])
      expect([kind, arns(now, kind)]).toEqual([kind, arns(before, kind)]);
    expect(all_(now, "secret")[0].about.value).toEqual({ format: 1, keys: ["billing"] });
    const objects = all_(now, "bucket").flatMap(({ about }) => about.objects);
    expect(objects).toContain("raw/2027/01/rows.csv");
    for (const { name, about } of all_(now, "queue"))
      expect([name, about.ApproximateNumberOfMessages]).toEqual([name, "1"]);
  });

  test("what was changed is changed", () => {
    const [stage] = all_(now, "stage");
    expect(stage.about.methodSettings["*/*"]).toMatchObject({ throttlingRateLimit: 150, throttlingBurstLimit: 300 });
    expect(all_(now, "usagePlan")[0].about.throttle).toEqual({ rateLimit: 150, burstLimit: 300 });
    expect(all_(now, "scaled")[0].about).toMatchObject({ MinCapacity: 3, MaxCapacity: 9 });
    const thresholds = Object.fromEntries(all_(now, "alarm").map(({ name, about }) => [name, about.Threshold]));
    expect(thresholds).toMatchObject({ "sagewright-churn-model-latency": 400, "sagewright-churn-v2-5xx": 7 });
    expect(all_(now, "budget")[0].about.BudgetLimit.Amount).toBe("600");
    const days = all_(now, "logs").filter(({ name }) => name === "/aws/lambda/churn-prod-predict");
    expect(days.map(({ about }) => about.retentionInDays)).toEqual([30]);
    expect(arns(now, "alarm").filter((arn) => !arn.includes("-v1-"))).toEqual(arns(now, "alarm"));
  });

  test("the release's endpoint took the place of the one before, and the function's alias asks it", () => {
    expect(all_(now, "endpoint").map(({ name }) => name)).toEqual(["churn-v2"]);
    expect(all_(now, "endpointConfig")[0].about.ProductionVariants[0].InitialInstanceCount).toBe(3);
    const [alias] = all_(now, "alias");
    const version = all_(now, "version").find(({ name }) => name.endsWith(`:${alias.about.FunctionVersion}`));
    expect(version.about.Environment.Variables).toMatchObject({ ENDPOINT_NAME: "churn-v2", MODEL_VERSION: "2" });
    expect(version.about.MemorySize).toBe(1024);
    expect(version.about.Layers).toHaveLength(1);
  });

  test("nothing refers to what went with it", () => {
    expect(dangling("prod", givenTo("prod"), now)).toEqual([]);
  });
});

/** Of what is listed above as what moto cannot remove. */
const UNREMOVED = ["application", "deploymentGroup"];

describe("destroyed", () => {
  let left: Record<string, readonly Found[]>;

  beforeAll(async () => {
    for (const name of ["dev", "embedded", "prod"]) {
      for (const part of [...PARTS].reverse())
        await (accounts[name] as Account).stacks.deleteStack({ StackName: `sagewright-${name}-${part}` });
    }
    left = await look(["dev", "embedded", "prod"]);
  });

  test.each(["dev", "embedded", "prod"])(
    "%s: what is left is what its documentation says, and nothing else",
    (name) => {
      const { kmsKey } = environments[name] as Environment;
      const there = (left[name] as readonly Found[])
        // What the test itself and the account's preparation made, what is there in every account, and keys on their way out.
        .filter(
          ({ kind, name: each }) =>
            !["package", "packageGroup", "bus", "stack"].includes(kind) && !each.startsWith("cdk-"),
        )
        .filter(({ about, kind }) => (about as Said).state !== "PendingDeletion" && !UNREMOVED.includes(kind))
        .map(({ kind, name: each }) => [
          kind,
          each.replace(/^(sagewright-[a-z]+-data)-accesslogbucket-.*/, "$1-accesslogs"),
        ]);
      const bucket = `sagewright-eu-central-1-${environments[name]?.account}`;
      expect(
        there
          .filter(([kind]) => ["bucket", "key", "secret"].includes(kind as string))
          .map(([kind, each]) => (kind === "key" ? ["key"] : [kind, each]))
          .sort(),
      ).toEqual(
        [
          ["bucket", bucket],
          ["bucket", `sagewright-${name}-data-accesslogs`],
          ...(kmsKey === undefined ? [] : [["key"]]),
        ].sort(),
      );
      // A role of API Gateway's and the account's setting that names it: they cost nothing.
      expect(
        there
          .map(([kind]) => kind)
          .filter((kind) => !["bucket", "key"].includes(kind as string))
          .sort(),
      ).toEqual(["gatewayAccount", "role"]);
    },
  );
});
