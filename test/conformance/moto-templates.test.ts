import type { OpenApiDocument } from "@sagewright/cdk";
import { captureOf, type Environment } from "@sagewright/sagemaker";
import { appOf } from "../../infra/lib/app";
import { type Synthesised, synthesised } from "../../infra/test/support/synthesised";
import { scratchFolders } from "../support/cli";
import { type Moto, startMoto } from "./moto-templates/cloud";
import { Deployed, environments, look, type Said, type Told } from "./moto-templates/deployment";
import { BY_NAME_ALONE, dangling, missing, OUTSIDE, UNREMOVED, UNTOLD } from "./moto-templates/outside";
import { rightsOf } from "./moto-templates/permissions";
import { referencesIn, referencesOf, There } from "./moto-templates/references";

/**
 * The app's stacks in moto, a double of AWS that others wrote: made in their order, looked at through the services' own APIs,
 * updated, released, and destroyed. What one resource holds of another must be there.
 */
jest.setTimeout(600_000);

const newFolder = scratchFolders();
const names = Object.keys(environments);
let moto: Moto;
let all: Synthesised;
const there = new Map<string, Deployed>();
const deployed = (name: string): Deployed => there.get(name) as Deployed;

beforeAll(async () => {
  [moto, all] = await Promise.all([startMoto(newFolder()), synthesised(environments)]);
  for (const name of names) {
    const made = new Deployed(moto, name);
    there.set(name, made);
    await made.prepare();
    await made.deploy(all.folder, 1);
  }
  await look(moto, [...there.values()]);
});
afterAll(() => moto?.stop());

test("what moto does not make is listed, and nothing else", () => {
  const lacking = moto.given().flatMap(({ type, without }) => without.map((what) => `${type}: ${what}`));
  expect([...new Set(lacking)].sort()).toEqual(BY_NAME_ALONE);
  for (const [kind, told] of UNTOLD) {
    const said = deployed("prod")
      .of(kind)
      .map(({ about }) => told(about));
    expect([kind, said.filter((each) => each !== undefined)]).toEqual([kind, []]);
  }
});

test("every reason why something need not be there is needed", () => {
  const all = [...there.values()].flatMap(missing);
  expect(OUTSIDE.filter(([pattern]) => !all.some(({ to }) => pattern.test(to)))).toEqual([]);
});

describe.each(names)("%s", (name) => {
  const environment = environments[name] as Environment;
  const of = (kind: string) => deployed(name).of(kind);
  const only = (kind: string) => deployed(name).only(kind);
  const captured = captureOf(environment.serving) !== undefined;

  test("every ARN, name, URI and URL that a resource holds is of something that is there", () => {
    const { given, found } = deployed(name);
    expect(referencesOf(given, found).length).toBeGreaterThan(250);
    expect(dangling(deployed(name))).toEqual([]);
  });

  test("the API has the paths and methods that are described, with the authorizer on each that asks for a key", () => {
    const { about } = only("api");
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
    const { about } = only("stage");
    const { requestsPerSecond, burst } = environment.serving.api ?? {};
    expect(about.methodSettings["*/*"]).toMatchObject({
      throttlingRateLimit: requestsPerSecond ?? 50,
      throttlingBurstLimit: burst ?? 100,
      dataTraceEnabled: false,
    });
    expect(about.deployments).toEqual([about.deploymentId]);
    const written = Object.values(JSON.parse(about.accessLogSettings.format) as Record<string, string>);
    expect(written.filter((each) => /identity|body|header|querystring/i.test(each))).toEqual([]);
    const plan = only("usagePlan");
    expect(plan.about.apiStages).toEqual([{ apiId: about.api, stage: "live" }]);
    expect(plan.about.throttle).toEqual({ rateLimit: requestsPerSecond ?? 50, burstLimit: burst ?? 100 });
    expect(of("firewall").map(({ arn }) => arn)).toEqual(about.webAclArn === undefined ? [] : [about.webAclArn]);
    expect(about.webAclArn !== undefined).toBe(environment.serving.api?.firewall === true);
  });

  test("a role is for the one service that assumes it, and allows no action by wildcard", () => {
    for (const { name: role, about } of of("role")) {
      const [trust, ...more] = about.trust.Statement;
      expect([role, more, typeof trust.Principal.Service]).toEqual([role, [], "string"]);
      const users = usersOf(role, deployed(name));
      expect([role, [...users]]).toEqual([role, [trust.Principal.Service]]);
      const documents: Said[] = Object.values(about.policies);
      const actions = documents.flatMap(({ Statement }) => [Statement].flat().flatMap((each: Said) => each.Action));
      expect(actions.filter((action: string) => action.includes("*"))).toEqual([]);
    }
  });

  test("keys turn, and the data's key has the name that the environment gives it", () => {
    for (const { about } of of("key")) expect(about.rotates).toBe(true);
    const aliases = of("key").flatMap(({ about }) => about.aliases);
    expect(aliases).toEqual(environment.kmsKey === undefined ? [] : [environment.kmsKey]);
    const data = of("bucket").find(({ name: each }) => each === `sagewright-eu-central-1-${environment.account}`);
    const [rule] = data?.about.encryption ?? [];
    const algorithm = environment.kmsKey === undefined ? "AES256" : "aws:kms";
    expect(rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm).toBe(algorithm);
    expect(data?.about).toMatchObject({ versioning: "Enabled", logging: { TargetPrefix: "data/" } });
    for (const bucket of of("bucket").filter(({ name: each }) => !each.startsWith("cdk-")))
      expect(Object.values(bucket.about.private)).toEqual([true, true, true, true]);
  });

  test("the secret of the keys is hexadecimal, and nobody may ask yet", () => {
    const { name: secret, about } = only("secret");
    expect(secret).toBe(`sagewright/${name}/keys`);
    expect(about.value).toEqual({ format: 1, keys: [], secret: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test("what fails for good lies in a queue that keeps it for two weeks, and which queue that is has an alarm", () => {
    const watched = of("alarm").flatMap(({ about }) =>
      about.Dimensions.filter(({ Name }: Said) => Name === "QueueName").map(({ Value }: Said) => Value),
    );
    const into = new Set<string>();
    for (const { about } of of("queue")) {
      if (about.RedrivePolicy !== null) into.add(about.RedrivePolicy.deadLetterTargetArn);
    }
    for (const { about } of [...of("rule"), ...of("schedule")]) {
      for (const target of about.targets ?? [about.Target]) {
        expect([about.Name, target]).toEqual([
          about.Name,
          expect.objectContaining({ DeadLetterConfig: expect.anything() }),
        ]);
        into.add(target.DeadLetterConfig.Arn);
      }
    }
    const letters = of("queue").filter(({ arn }) => into.has(arn));
    expect(letters.map(({ name: queue }) => queue).sort()).toEqual([...watched].sort());
    for (const { about } of letters) expect(about.MessageRetentionPeriod).toBe("1209600");
  });

  test("alarms and the budget tell topics, topics tell the router's queue", () => {
    const mails = Object.values(environment.alerts?.targets ?? {}).filter(({ type }) => type === "email").length;
    const severities = of("topic").filter(({ about }) => about.DisplayName !== "");
    const topics = severities.map(({ arn }) => arn);
    expect([topics.length, of("topic").length]).toEqual([3, 3 + mails]);
    for (const { about } of of("alarm")) {
      const told = [...about.AlarmActions, ...about.OKActions];
      expect(told.filter((arn) => !topics.includes(arn))).toEqual([]);
    }
    const subscribed = of("subscription").filter(({ about }) => about.Protocol === "sqs");
    const heard = subscribed.map(({ about }) => about.TopicArn).sort();
    expect(heard).toEqual(environment.alerts === undefined ? [] : [...topics].sort());
    expect(of("subscription").length - subscribed.length).toBe(mails);
    const { about: budget } = only("budget");
    expect(budget.BudgetLimit).toEqual({ Amount: String(environment.budget?.usdPerMonth), Unit: "USD" });
    expect(budget.notifications.map(({ Threshold }: Said) => Threshold)).toEqual([50, 80, 100]);
  });

  test("functions run where their code runs, write to groups that forget, and their layers are there", () => {
    const groups = new Map(of("logs").map(({ name: group, about }) => [group, about.retentionInDays]));
    for (const [group, days] of groups) expect([group, days]).toEqual([group, expect.any(Number)]);
    const functions = deployed(name).given.filter(({ type }) => type === "AWS::Lambda::Function") as readonly Said[];
    expect(functions.length).toBe(of("function").length);
    for (const { ref, given } of functions) {
      const { about } = of("function").find((each) => each.name === ref) as Said;
      expect(about.Runtime).toMatch(/^(nodejs24\.x|python3\.1\d)$/);
      expect(about.Architectures).toEqual(["arm64"]);
      expect([about.MemorySize, about.Timeout]).toEqual([given.MemorySize, given.Timeout]);
      expect(groups.has(given.LoggingConfig.LogGroup)).toBe(true);
    }
    const [variables] = of("function")
      .filter(({ name: each }) => each === `churn-${name}-predict`)
      .map(({ about }) => about.Environment.Variables);
    expect(variables.CAPTURE_STREAM !== undefined).toBe(captured);
    expect(variables.ENDPOINT_NAME).toBe(environment.serving.mode === "embedded" ? undefined : "churn-v1");
  });

  test("the calendar calls the function that starts trainings, by a role that may call it and nothing else", () => {
    const schedules = of("schedule");
    expect(schedules).toHaveLength(environment.retraining === undefined ? 0 : 1);
    for (const { about } of schedules) {
      const role = of("role").find(({ arn }) => arn === about.Target.RoleArn) as Said;
      const statements = Object.values(role.about.policies).flatMap(({ Statement }: Said) => Statement);
      const called = statements.filter(({ Action }: Said) => [Action].flat().includes("lambda:InvokeFunction"));
      expect(called.map(({ Resource }: Said) => Resource)).toEqual([about.Target.Arn]);
      expect(about.Target.Arn).toMatch(new RegExp(`:function:churn-${name}-retrain$`));
      expect(JSON.parse(about.Target.Input)).toMatchObject({ detail: { by: "schedule" } });
    }
  });

  test("the endpoint is made of the approved version, on what the environment says", () => {
    const { serving } = environment;
    if (serving.mode === "embedded") return expect(of("endpoint")).toEqual([]);
    const { about } = only("endpointConfig");
    const [variant] = about.ProductionVariants;
    const [model] = of("model");
    expect(model?.about.PrimaryContainer.ModelPackageName).toMatch(/:model-package\/churn\/1$/);
    if (serving.mode === "serverless")
      return expect(variant.ServerlessConfig).toMatchObject({ ProvisionedConcurrency: serving.provisionedConcurrency });
    expect([variant.InstanceType, variant.InitialInstanceCount]).toEqual([serving.instanceType, serving.instances]);
    const { minimum, maximum, targetInvocationsPerInstance } = serving.autoscaling as Said;
    expect(only("scaled").about).toMatchObject({ MinCapacity: minimum, MaxCapacity: maximum });
    expect(only("scaling").about.TargetTrackingScalingPolicyConfiguration.TargetValue).toBe(
      targetInvocationsPerInstance,
    );
  });
});

test.each(["embedded", "prod"])("%s: roles may do what their code does, and not what it must not", (name) => {
  const questions = rightsOf(deployed(name)).flatMap(({ role, may, mayNot }) => [
    ...may.map(([action, resource]) => ({ asked: [role, action, resource] as const, permitted: true })),
    ...mayNot.map(([action, resource]) => ({ asked: [role, action, resource] as const, permitted: false })),
  ]);
  const answers = moto.permitted(
    deployed(name).account.id,
    questions.map(({ asked }) => asked),
  );
  expect(questions.map(({ asked }, index) => ({ asked, permitted: answers[index] }))).toEqual(questions);
});

/** Services that are given a role, by its ARN or name. */
function usersOf(role: string, { given }: Deployed): Set<string> {
  const users = given.filter(
    ({ type, given: each }) => type in USERS && JSON.stringify(each).includes(`:role/${role}"`),
  );
  return new Set(users.map(({ type }) => USERS[type] as string));
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
  const there = new There(deployed("prod").found);
  const of = (value: unknown) => referencesIn("somebody", value).filter((each) => !there.has(each));
  const [queue] = deployed("prod").of("queue");
  const broken = [
    { TopicArn: "arn:aws:sns:eu-central-1:333344445553:nobody" },
    { Policy: JSON.stringify({ Statement: [{ Resource: [`${queue?.arn}s`] }] }) },
    { Dimensions: [{ Name: "FunctionName", Value: "churn-prod-predicts" }] },
    { metrics: [["AWS/ApiGateway", "Count", "ApiName", "churn-staging"]] },
    { query: "SOURCE '/aws/lambda/nobody' | stats count(*)" },
    { Environment: { Variables: { FRESH: '{"bucket":"nobody"}', INPUT: "s3://nobody/raw/" } } },
    {
      uri: `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:333344445553:function:churn-prod-predict:lives/invocations`,
    },
    { PipelineDefinition: `{"S3Uri":"s3://sagewright-eu-central-1-333344445553/code/${"0".repeat(64)}/prepare.py"}` },
  ];
  expect(broken.map((each) => of(each).length)).toEqual([1, 1, 1, 1, 1, 2, 1, 1]);
  expect(of({ QueueArn: queue?.arn })).toEqual([]);
});

describe("a changed configuration, and a release", () => {
  let prod: Deployed;
  const before = new Map<string, readonly string[]>();
  /** What holds something, or is known elsewhere by its name. */
  const LASTING = ["bucket", "key", "secret", "queue", "topic", "function", "logs", "pipeline", "stream", "api"];

  beforeAll(async () => {
    prod = deployed("prod");
    const { s3, sqs, secrets } = prod.account;
    for (const kind of LASTING) before.set(kind, prod.arns(kind));
    await s3.putObject({ Bucket: prod.bucket, Key: "raw/2027/01/rows.csv", Body: "rows" });
    await secrets.putSecretValue({ SecretId: "sagewright/prod/keys", SecretString: '{"format":1,"keys":["billing"]}' });
    for (const { about } of prod.of("queue"))
      await sqs.sendMessage({ QueueUrl: about.url, MessageBody: "an approval that failed" });
    const assembly = newFolder();
    appOf(all.product, { prod: changed(prod.environment) }, { outdir: assembly }, false).synth();
    await prod.deploy(assembly, 2);
    await look(moto, [prod]);
  });

  function changed({ serving, monitoring, retention, ...kept }: Environment): Environment {
    return {
      ...kept,
      serving: {
        ...serving,
        instances: 3,
        rollback: { errorsPerMinute: 7, latencyP99Ms: 500, minutes: 2 },
        autoscaling: { minimum: 3, maximum: 9, targetInvocationsPerInstance: 2_000 },
        api: { requestsPerSecond: 150, burst: 300, firewall: true },
        lambda: { memoryMb: 1024 },
      },
      budget: { usdPerMonth: 600 },
      monitoring: { ...monitoring, latencyP95Ms: 400 },
      retention: { ...retention, logDays: 30 },
    } as Environment;
  }

  test("what holds anything is what it was, with what it held", () => {
    for (const kind of LASTING) expect([kind, prod.arns(kind)]).toEqual([kind, before.get(kind)]);
    expect(prod.only("secret").about.value).toEqual({ format: 1, keys: ["billing"] });
    expect(prod.of("bucket").flatMap(({ about }) => about.objects)).toContain("raw/2027/01/rows.csv");
    for (const { name, about } of prod.of("queue"))
      expect([name, about.ApproximateNumberOfMessages]).toEqual([name, "1"]);
  });

  test("what was changed is changed", () => {
    const limits = prod.only("stage").about.methodSettings["*/*"];
    expect(limits).toMatchObject({ throttlingRateLimit: 150, throttlingBurstLimit: 300 });
    expect(prod.only("usagePlan").about.throttle).toEqual({ rateLimit: 150, burstLimit: 300 });
    expect(prod.only("scaled").about).toMatchObject({ MinCapacity: 3, MaxCapacity: 9 });
    const thresholds = Object.fromEntries(prod.of("alarm").map(({ name, about }) => [name, about.Threshold]));
    expect(thresholds).toMatchObject({ "sagewright-churn-model-latency": 400, "sagewright-churn-v2-5xx": 7 });
    expect(Object.keys(thresholds).filter((name) => name.includes("-v1-"))).toEqual([]);
    expect(prod.only("budget").about.BudgetLimit.Amount).toBe("600");
    const days = prod.of("logs").filter(({ name }) => name === "/aws/lambda/churn-prod-predict");
    expect(days.map(({ about }) => about.retentionInDays)).toEqual([30]);
  });

  test("the release's endpoint took the place of the one before, and the function's alias asks it", () => {
    expect(prod.only("endpoint").name).toBe("churn-v2");
    expect(prod.only("endpointConfig").about.ProductionVariants[0].InitialInstanceCount).toBe(3);
    const { FunctionVersion } = prod.only("alias").about;
    const version = prod.of("version").find(({ name }) => name.endsWith(`:${FunctionVersion}`)) as Told;
    expect(version.about.Environment.Variables).toMatchObject({ ENDPOINT_NAME: "churn-v2", MODEL_VERSION: "2" });
    expect(version.about).toMatchObject({ MemorySize: 1024, Layers: [{ Arn: expect.stringContaining(":layer:") }] });
  });

  test("nothing refers to what went with it", () => expect(dangling(prod)).toEqual([]));
});

describe("destroyed", () => {
  const gone = ["dev", "prod"];

  beforeAll(async () => {
    for (const name of gone) await deployed(name).destroy();
    await look(moto, gone.map(deployed));
  });

  test.each(gone)("%s: what is left is what its documentation says, and nothing else", (name) => {
    const { found, environment, bucket } = deployed(name);
    const left = found
      // What the test itself and the account's preparation made, and what is there in every account.
      .filter(
        ({ kind, name: each }) => !["package", "packageGroup", "bus", "stack"].includes(kind) && !/^cdk-/.test(each),
      )
      .filter(({ kind, about }) => about.state !== "PendingDeletion" && !UNREMOVED.includes(kind));
    expect(left.map(({ kind }) => kind).sort()).toEqual([
      ...["bucket", "bucket"],
      // A setting of the account, and the role that it names: they cost nothing.
      "gatewayAccount",
      ...(environment.kmsKey === undefined ? [] : ["key"]),
      "role",
    ]);
    const buckets = left.filter(({ kind }) => kind === "bucket").map((each) => each.name);
    expect(buckets).toEqual(expect.arrayContaining([expect.stringMatching(/-data-accesslogbucket-/), bucket]));
  });
});
