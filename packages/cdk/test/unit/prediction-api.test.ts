import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bundleLambda,
  describeApi,
  gatewayDocument,
  type OpenApiDocument,
  PredictionApi,
  type PredictionApiProps,
  PropsError,
} from "@sagewright/cdk";
import { defineContract, number } from "@sagewright/contract";
import { readEnvironment, type Serving } from "@sagewright/sagemaker";
import type { Stack } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Code, LayerVersion } from "aws-cdk-lib/aws-lambda";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { env, judged } from "./judged-stack";

const contract = defineContract({
  name: "telecom",
  target: { column: "churn", positive: "yes", negative: "no" },
  columns: { minutes: number({}) },
});
const folder = mkdtempSync(join(tmpdir(), "sagewright-api-"));
const code = (name: string) => join(folder, name);
const digest = "a".repeat(64);

let openApi: OpenApiDocument;
let carrying: ReturnType<typeof judged>;
let pointed: ReturnType<typeof judged>;

beforeAll(async () => {
  openApi = await describeApi({ contract, model: "churn" });
  for (const name of ["predict", "preprocess", "authorize"] as const) await bundleLambda(name, code(name));
  carrying = api(
    { firewall: true },
    {
      code: code("preprocess"),
      endpoint: {
        endpointName: "churn-v7",
        endpointArn: `arn:aws:sagemaker:${env.region}:${env.account}:endpoint/churn-v7`,
        kind: "endpoint",
      },
    },
  );
  pointed = judged(
    (stack) =>
      new PredictionApi(stack, "Api", {
        ...props(stack),
        model: { name: "churn", pointer: "s3://mine/serving/churn/current.json" },
      }),
  );
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function props(stack: Stack, serving: Partial<Serving["api"]> = {}, lambda: object = {}): PredictionApiProps {
  const made = readEnvironment({
    name: "test",
    account: env.account,
    region: env.region,
    serving: { mode: "embedded", api: serving, lambda },
  }).serving;
  const layer = new LayerVersion(stack, "Layer", { code: Code.fromAsset(code("authorize")) });
  return {
    apiName: "churn",
    openApi,
    model: { name: "churn", version: "7", digest, layer },
    code: code("predict"),
    authorizerCode: code("authorize"),
    keys: Secret.fromSecretCompleteArn(
      stack,
      "Keys",
      `arn:aws:secretsmanager:${env.region}:${env.account}:secret:keys-AbCdEf`,
    ),
    lambda: made.lambda,
    api: made.api,
  };
}

function api(serving: Partial<Serving["api"]> = {}, more: Partial<PredictionApiProps> = {}, lambda: object = {}) {
  return judged((stack) => new PredictionApi(stack, "Api", { ...props(stack, serving, lambda), ...more }));
}

const functionNamed = (template: Template, name: string) =>
  Object.values(template.findResources("AWS::Lambda::Function")).find(
    ({ Properties }) => Properties.FunctionName === name,
  )?.Properties;
const policyOf = (template: Template, id: string): { Action: string | string[]; Resource: unknown }[] => {
  const [, role] = Object.entries(template.findResources("AWS::IAM::Role")).find(([each]) => each.startsWith(id)) ?? [];
  return role?.Properties.Policies[0].PolicyDocument.Statement;
};

test("no rule of CloudFormation's, AwsSolutions' or Serverless' is broken, with a firewall and without", () => {
  expect(carrying.findings).toEqual([]);
  expect(pointed.findings).toEqual([]);
});

test("the gateway has every route that the API's own document has, the document itself, its page, and no other", () => {
  const { paths } = body(carrying.template);
  const routes = (of: object) =>
    Object.entries(of)
      .flatMap(([path, methods]) =>
        Object.keys(methods)
          .filter((each) => /^(get|post)$/.test(each))
          .map((method) => `${method} ${path}`),
      )
      .sort();
  const description = ["get /openapi.json", "get /docs", "get /docs/docs.js", "get /docs/docs.css"];
  expect(routes(paths)).toEqual([...routes(openApi.paths), ...description].sort());
  for (const route of description) expect(paths[route.slice(4)]?.get).not.toHaveProperty("security");
  expect(routes(paths)).toEqual(
    expect.arrayContaining([
      "get /health",
      "get /openapi.json",
      "post /predict",
      "post /predict/batch",
      "post /retrain",
    ]),
  );
});

test("what needs a key in the API's document is asked of the authorizer first, every time", () => {
  const { paths, components } = body(carrying.template);
  for (const [path, methods] of Object.entries(openApi.paths)) {
    for (const [method, { security = [] }] of Object.entries(methods)) {
      const route = paths[path]?.[method] as { security?: object[] };
      expect({ path, method, asked: route.security !== undefined }).toEqual({
        path,
        method,
        asked: security.length > 0,
      });
    }
  }
  expect(paths["/health"]?.get).not.toHaveProperty("security");
  expect(paths["/predict"]?.post).toHaveProperty("security", [{ key: [] }]);
  expect(components.securitySchemes.key).toMatchObject({
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": { type: "request", authorizerResultTtlInSeconds: 0 },
  });
});

test("the authorizer may read the keys, write its log and its traces, and nothing else", () => {
  const actions = policyOf(carrying.template, "ApiAuthorizerRole").flatMap(({ Action }) => Action);
  expect(actions.sort()).toEqual([
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:GetSecretValue",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
  ]);
  expect(functionNamed(carrying.template, "churn-authorize").Environment.Variables).toEqual({
    KEYS_SECRET: expect.anything(),
  });
});

test("the preprocessing function may invoke its endpoint and no other", () => {
  const statements = policyOf(carrying.template, "ApiPredictRole");
  expect(statements.flatMap(({ Action }) => Action).sort()).toEqual([
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sagemaker:InvokeEndpoint",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
  ]);
  expect(statements.find(({ Action }) => Action === "sagemaker:InvokeEndpoint")?.Resource).toBe(
    `arn:aws:sagemaker:${env.region}:${env.account}:endpoint/churn-v7`,
  );
  expect(functionNamed(carrying.template, "churn-predict").Environment.Variables).toEqual({
    MODEL_FOLDER: "/opt/model",
    MODEL_NAME: "churn",
    MODEL_VERSION: "7",
    MODEL_DIGEST: digest,
    ENDPOINT_NAME: "churn-v7",
    BACKEND: "endpoint",
  });
});

test("functions run on Graviton with Node 24, with traces, and a log that is not kept for ever", () => {
  for (const { Properties } of Object.values(carrying.template.findResources("AWS::Lambda::Function")))
    expect(Properties).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      TracingConfig: { Mode: "Active" },
      Handler: "index.handler",
    });
  for (const group of Object.values(carrying.template.findResources("AWS::Logs::LogGroup")))
    expect(group).toMatchObject({ Properties: { RetentionInDays: 30 }, DeletionPolicy: "Delete" });
});

test("a function that looks its model up carries none, and has no version of it in its name or role", () => {
  const { Environment, Layers } = functionNamed(pointed.template, "churn-predict");
  expect(Environment.Variables).toEqual({ MODEL_POINTER: "s3://mine/serving/churn/current.json" });
  expect(Layers).toBeUndefined();
});

test("a new version of the function gets a tenth of the traffic for five minutes, and its errors turn it back", () => {
  carrying.template.hasResourceProperties("AWS::CodeDeploy::DeploymentConfig", {
    ComputePlatform: "Lambda",
    TrafficRoutingConfig: { Type: "TimeBasedCanary", TimeBasedCanary: { CanaryInterval: 5, CanaryPercentage: 10 } },
  });
  const [alarm] = Object.keys(carrying.template.findResources("AWS::CloudWatch::Alarm"));
  carrying.template.hasResourceProperties("AWS::CodeDeploy::DeploymentGroup", {
    AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: alarm } }] },
    AutoRollbackConfiguration: { Enabled: true, Events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"] },
  });
  carrying.template.hasResource("AWS::Lambda::Alias", {
    Properties: { Name: "live" },
    UpdatePolicy: { CodeDeployLambdaAliasUpdate: Match.anyValue() },
  });
});

test("all at once there is no shifting, and provisioned and reserved concurrency are what was asked for", () => {
  const { template } = api(
    {},
    {},
    { shift: { type: "all-at-once" }, provisionedConcurrency: 3, reservedConcurrency: 20 },
  );
  template.resourceCountIs("AWS::CodeDeploy::DeploymentGroup", 0);
  template.hasResourceProperties("AWS::Lambda::Alias", {
    ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 3 },
  });
  expect(functionNamed(template, "churn-predict").ReservedConcurrentExecutions).toBe(20);
});

test("the stage and the usage plan let through what was asked for", () => {
  const { template } = api({ requestsPerSecond: 7, burst: 9 });
  template.hasResourceProperties("AWS::ApiGateway::Stage", {
    MethodSettings: [
      Match.objectLike({
        ThrottlingRateLimit: 7,
        ThrottlingBurstLimit: 9,
        DataTraceEnabled: false,
        LoggingLevel: "ERROR",
      }),
    ],
    TracingEnabled: true,
  });
  template.hasResourceProperties("AWS::ApiGateway::UsagePlan", {
    Throttle: { RateLimit: 7, BurstLimit: 9 },
    ApiStages: [Match.objectLike({ Stage: Match.anyValue() })],
  });
});

test("the access log says who asked by the key's id, and nothing about the person, the sender or the customer", () => {
  const [stage] = Object.values(carrying.template.findResources("AWS::ApiGateway::Stage"));
  const format = JSON.parse(stage?.Properties.AccessLogSetting.Format) as Record<string, string>;
  expect(Object.values(format).sort()).toEqual([
    "$context.authorizer.keyId",
    "$context.error.responseType",
    "$context.httpMethod",
    "$context.requestId",
    "$context.requestTime",
    "$context.resourcePath",
    "$context.responseLatency",
    "$context.status",
  ]);
  // Variables that name somebody, of the list that API Gateway documents.
  expect(JSON.stringify(format)).not.toMatch(
    /identity|sourceIp|userAgent|caller|claims|principalId|\$context\.path\b|input/,
  );
});

test("the firewall is there when it is asked for: AWS's rules, and a limit by address", () => {
  pointed.template.resourceCountIs("AWS::WAFv2::WebACL", 0);
  carrying.template.hasResourceProperties("AWS::WAFv2::WebACL", {
    Scope: "REGIONAL",
    Rules: [
      Match.objectLike({ Name: "AWSManagedRulesCommonRuleSet" }),
      Match.objectLike({ Name: "AWSManagedRulesKnownBadInputsRuleSet" }),
      Match.objectLike({ Statement: { RateBasedStatement: { AggregateKeyType: "IP", Limit: 20_000 } } }),
    ],
  });
  carrying.template.resourceCountIs("AWS::WAFv2::WebACLAssociation", 1);
});

test("captures go to a stream of the API's own, as a share of the requests", () => {
  const { template, findings } = judged((stack) => {
    const bucket = Bucket.fromBucketName(stack, "Mine", "mine");
    new PredictionApi(stack, "Api", { ...props(stack), capture: { bucket, prefix: "captures/churn", share: 0.25 } });
  });
  expect(findings).toEqual([]);
  template.hasResourceProperties("AWS::KinesisFirehose::DeliveryStream", {
    DeliveryStreamName: "churn-captures",
    ExtendedS3DestinationConfiguration: {
      Prefix: "captures/churn/!{timestamp:yyyy/MM/dd/HH}/",
      CompressionFormat: "UNCOMPRESSED",
    },
  });
  expect(functionNamed(template, "churn-predict").Environment.Variables).toMatchObject({
    CAPTURE_STREAM: "churn-captures",
    CAPTURE_SHARE: "0.25",
  });
  expect(
    policyOf(template, "ApiPredictRole").filter(({ Action }) => Action === "firehose:PutRecordBatch"),
  ).toHaveLength(1);
});

test("the function lives in the given network, by id, so that nothing is looked up", () => {
  const { template } = api(
    {},
    { vpc: { subnets: ["subnet-0a1b2c3d4e5f60718"], securityGroups: ["sg-0a1b2c3d4e5f60718"] } },
  );
  expect(functionNamed(template, "churn-predict").VpcConfig).toEqual({
    SubnetIds: ["subnet-0a1b2c3d4e5f60718"],
    SecurityGroupIds: ["sg-0a1b2c3d4e5f60718"],
  });
});

test("calling by IAM can be granted, and metrics are the gateway's own", () => {
  const { template } = judged((stack) => {
    const made = new PredictionApi(stack, "Api", props(stack));
    made.grantInvoke(new Role(stack, "Someone", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") }));
    expect(made.metric("5XXError")).toMatchObject({
      namespace: "AWS/ApiGateway",
      metricName: "5XXError",
      dimensions: { ApiName: "churn", Stage: "live" },
    });
  });
  template.hasResourceProperties("AWS::IAM::Policy", {
    PolicyDocument: { Statement: [Match.objectLike({ Action: "execute-api:Invoke" })] },
  });
});

test("code that is not there is refused with the folder", () => {
  expect(() => api({}, { code: "/nowhere" })).toThrow(
    new PropsError(
      "code_missing",
      "code",
      "/nowhere",
      "is no folder with an index.js. Make it with bundleLambda of @sagewright/serving first",
    ),
  );
});

test("a document without a path is refused", () => {
  const none = { info: openApi.info, paths: {} };
  expect(() => gatewayDocument(none, { integrationUri: "a", authorizerUri: "b", authorizerCredentials: "c" })).toThrow(
    "openApi.paths: {} has no path. Give the API's own document.",
  );
});

interface GatewayBody {
  paths: Record<string, Record<string, object>>;
  components: { securitySchemes: { key: object } };
}

function body(template: Template): GatewayBody {
  const [gateway] = Object.values(template.findResources("AWS::ApiGateway::RestApi"));
  return gateway?.Properties.Body;
}
