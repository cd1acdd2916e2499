import { readFileSync } from "node:fs";
import { join } from "node:path";
import { captureOf, type Environment, usageOf } from "@sagewright/sagemaker";
import type { Stack } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import { telecomPolicy } from "../../pipelines/churn/policy";
import { cli } from "../../test/support/cli";
import { everyEnvironment } from "./support/environments";
import {
  onlyResource,
  type Resource,
  resourcesOf,
  type Synthesised,
  synthesised,
  type Template,
} from "./support/synthesised";

/** What the stacks hold, by behaviour. */
let all: Synthesised;

beforeAll(async () => {
  all = await synthesised(everyEnvironment);
}, 120_000);

const stack = (name: string, part: string): Template => {
  const found = all.templates[`sagewright-${name}-${part}`];
  if (found === undefined) throw new Error(`no stack ${part} of ${name}`);
  return found;
};

const environments = Object.keys(everyEnvironment);

function expirations(name: string): { Id: string; Prefix?: string; ExpirationInDays?: number }[] {
  const bucket = stack(name, "data").Resources.DataBucket as Resource;
  return (bucket.Properties.LifecycleConfiguration as { Rules: ReturnType<typeof expirations> }).Rules;
}

describe("data", () => {
  // A new logical id would be a new bucket, a new key, new keys of consumers: these names never change.
  const PINNED = {
    DataBucket: "AWS::S3::Bucket",
    AccessLogBucket: "AWS::S3::Bucket",
    DataKey: "AWS::KMS::Key",
    ApiKeys: "AWS::SecretsManager::Secret",
  };

  test.each(environments)("%s: what holds state has the name that it always had", (name) => {
    const { kmsKey } = everyEnvironment[name] as { kmsKey?: string };
    const stateful = Object.entries(stack(name, "data").Resources).filter(([, { Type }]) =>
      Object.values(PINNED).includes(Type),
    );
    const { DataKey, ...unencrypted } = PINNED;
    expect(Object.fromEntries(stateful.map(([id, { Type }]) => [id, Type]))).toEqual(
      kmsKey === undefined ? unencrypted : PINNED,
    );
  });

  test.each(environments)("%s: buckets and their key stay when the stack goes, and the stack says so", (name) => {
    const data = stack(name, "data");
    const kept = Object.entries(data.Resources)
      .filter(([, { DeletionPolicy }]) => DeletionPolicy === "Retain")
      .map(([id]) => id);
    const { kmsKey } = everyEnvironment[name] as { kmsKey?: string };
    expect(kept.sort()).toEqual(["AccessLogBucket", "DataBucket", ...(kmsKey === undefined ? [] : ["DataKey"])]);
    const stays = Object.entries(data.Outputs ?? {})
      .filter(([id]) => id.startsWith("Stays"))
      .map(([, { Value }]) => JSON.stringify(Value));
    for (const id of kept) expect(stays.join()).toContain(id);
  });

  test.each(environments)("%s: nothing outside of the data stack stays", (name) => {
    for (const part of ["pipeline", "observability", "serving"]) {
      const kept = Object.entries(stack(name, part).Resources).filter(
        ([, { DeletionPolicy }]) => DeletionPolicy === "Retain",
      );
      // Roles and settings of the account that cost nothing; a version of a function goes with its function.
      const costing = kept.filter(
        ([, { Type }]) => !["AWS::IAM::Role", "AWS::ApiGateway::Account", "AWS::Lambda::Version"].includes(Type),
      );
      expect(costing.map(([id]) => id)).toEqual([]);
    }
  });

  test("objects go when their time is over: raw data, runs, captures, outcomes, overwritten versions", () => {
    const rules = expirations("prod");
    const days = Object.fromEntries(rules.map(({ Id, ExpirationInDays }) => [Id, ExpirationInDays]));
    expect(days).toMatchObject({ raw: 730, runs: 1_095, captures: 90, "ground-truth": 730, checkpoints: 7 });
  });

  test("what the function serves, and the code that definitions name, never expire", () => {
    const rules = expirations("dev");
    const expiring = rules.filter(({ ExpirationInDays }) => ExpirationInDays !== undefined);
    for (const prefix of ["serving/", "code/", "releases/"])
      expect(expiring.filter((rule) => prefix.startsWith(rule.Prefix ?? ""))).toEqual([]);
  });

  test("both buckets are private, encrypted and refuse plain HTTP", () => {
    const buckets = resourcesOf(stack("prod", "data"), "AWS::S3::Bucket");
    for (const { Properties } of Object.values(buckets)) {
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties.BucketEncryption).toBeDefined();
    }
    expect(JSON.stringify(buckets.DataBucket?.Properties.BucketEncryption)).toContain('"SSEAlgorithm":"aws:kms"');
    expect(buckets.DataBucket?.Properties.VersioningConfiguration).toEqual({ Status: "Enabled" });
  });
});

describe("pipeline", () => {
  test.each(["dev", "staging", "prod"])(
    "%s: the definition is what sagewright compile prints, byte for byte",
    async (name) => {
      const { PipelineDefinition } = onlyResource(stack(name, "pipeline"), "AWS::SageMaker::Pipeline").Properties as {
        PipelineDefinition: { PipelineDefinitionBody: string };
      };
      const compiled = await cli(["compile", "churn", "--env", name]);
      expect(compiled.stderr).toBe("");
      expect(PipelineDefinition.PipelineDefinitionBody).toBe(compiled.stdout.replace(/\n$/, ""));
    },
    30_000,
  );

  test("it waits for the bucket that it names, and its code is there before it is", () => {
    const deployed = all.app.node.findAll().find(({ node }) => node.id === "sagewright-prod-pipeline") as unknown as {
      dependencies: { stackName: string }[];
    };
    expect(deployed.dependencies.map(({ stackName }) => stackName)).toEqual(["sagewright-prod-data"]);
    const [id, pipeline] = Object.entries(resourcesOf(stack("prod", "pipeline"), "AWS::SageMaker::Pipeline"))[0] as [
      string,
      Resource,
    ];
    const copy = Object.keys(resourcesOf(stack("prod", "pipeline"), "Custom::CDKBucketDeployment"));
    expect(id).toBeDefined();
    expect(pipeline.DependsOn).toEqual(expect.arrayContaining(copy));
  });
});

describe("serving", () => {
  const released = ["staging", "prod", "serverless", "linear", "rolling"];

  test.each(released)("%s: before a first release nothing is there, and a release is four parameters", (name) => {
    const { Parameters = {}, Resources, Outputs = {} } = stack(name, "serving");
    const asked = Object.keys(Parameters).filter((each) => each !== "BootstrapVersion");
    expect(asked.sort()).toEqual(["ModelDigest", "ModelLayerKey", "ModelPackageArn", "ModelVersion"]);
    for (const each of asked) expect(Parameters[each]).toMatchObject({ Default: "none" });
    for (const { Condition } of Object.values(Resources)) expect(Condition).toBe("Released");
    for (const output of Object.values(Outputs)) expect(output).toHaveProperty("Condition", "Released");
  });

  test.each(["dev", "embedded"])("%s: the function is there at once and looks up what it serves", (name) => {
    const { Parameters = {}, Resources } = stack(name, "serving");
    expect(Object.keys(Parameters)).toEqual(["BootstrapVersion"]);
    expect(Object.values(Resources).filter(({ Condition }) => Condition !== undefined)).toEqual([]);
    const { account } = everyEnvironment[name] as { account: string };
    expect(predicting(name).Environment.Variables).toMatchObject({
      MODEL_POINTER: `s3://sagewright-eu-central-1-${account}/serving/churn/current.json`,
    });
  });

  test("a function that looks its model up decides by the product's policy, which is beside its code", () => {
    const { Code } = predicting("dev") as unknown as { Code: { S3Key: string } };
    const policy = join(all.folder, `asset.${Code.S3Key.replace(".zip", "")}`, "model/policy.json");
    expect(JSON.parse(readFileSync(policy, "utf8"))).toEqual(JSON.parse(JSON.stringify(telecomPolicy)));
  });

  test("a model has an endpoint with its version's name, and the function's version asks that one", () => {
    const endpoint = onlyResource(stack("prod", "serving"), "AWS::SageMaker::Endpoint");
    const name = { "Fn::Join": ["", ["churn-v", { Ref: "ModelVersion" }]] };
    expect(endpoint.Properties.EndpointName).toEqual(name);
    expect(predicting("prod").Environment.Variables).toMatchObject({
      ENDPOINT_NAME: name,
      MODEL_DIGEST: { Ref: "ModelDigest" },
    });
    const version = onlyResource(stack("prod", "serving"), "AWS::Lambda::Version");
    expect(JSON.stringify(version.Properties.Description)).toContain('{"Ref":"ModelVersion"}');
  });

  test("the function of every mode with an endpoint may invoke that endpoint and no other", () => {
    for (const name of released) {
      const role = Object.entries(stack(name, "serving").Resources).find(([id]) =>
        id.startsWith("ApiPredictRole"),
      )?.[1];
      const policy = JSON.stringify(role?.Properties.Policies);
      expect(policy.match(/sagemaker:Invoke[A-Za-z]+/g)).toEqual(["sagemaker:InvokeEndpoint"]);
      expect(policy).toContain(":endpoint/churn-v");
    }
    expect(JSON.stringify(stack("dev", "serving"))).not.toContain("InvokeEndpoint");
  });

  test.each(["embedded", "linear", "prod", "serverless", "staging"])(
    "%s: requests and answers are captured where monitoring reads them",
    (name) => {
      const share = captureOf((everyEnvironment[name] as Environment).serving)?.share;
      const { CAPTURE_STREAM, CAPTURE_SHARE } = predicting(name).Environment.Variables;
      expect(CAPTURE_SHARE).toBe(String(share));
      const stream = onlyResource(stack(name, "serving"), "AWS::KinesisFirehose::DeliveryStream").Properties as {
        DeliveryStreamName: string;
        ExtendedS3DestinationConfiguration: { Prefix: string };
      };
      expect(CAPTURE_STREAM).toBe(stream.DeliveryStreamName);
      expect(stream.ExtendedS3DestinationConfiguration.Prefix).toBe(
        "captures/churn/AllTraffic/!{timestamp:yyyy/MM/dd/HH}/",
      );
    },
  );

  test.each(["dev", "rolling"])("%s: without capture nothing is kept", (name) => {
    expect(resourcesOf(stack(name, "serving"), "AWS::KinesisFirehose::DeliveryStream")).toEqual({});
    expect(predicting(name).Environment.Variables).not.toHaveProperty("CAPTURE_STREAM");
  });

  function predicting(name: string): { Environment: { Variables: Record<string, unknown> } } {
    const functions = Object.values(resourcesOf(stack(name, "serving"), "AWS::Lambda::Function"));
    const found = functions.find(({ Properties }) => Properties.FunctionName === `churn-${name}-predict`);
    return found?.Properties as { Environment: { Variables: Record<string, unknown> } };
  }
});

test("stacks are deployed in the order of their lifetimes, and only those with data refuse to be destroyed", () => {
  const artifacts = all.app.synth().stacks;
  const before = Object.fromEntries(
    artifacts.map(({ stackName, dependencies }) => [
      stackName,
      dependencies.map(({ id }) => id).filter((id) => id.startsWith("sagewright-") && !id.endsWith(".assets")),
    ]),
  );
  expect(before["sagewright-prod-data"]).toEqual([]);
  expect(before["sagewright-prod-pipeline"]).toEqual(["sagewright-prod-data"]);
  expect(before["sagewright-prod-serving"]).toEqual(
    expect.arrayContaining(["sagewright-prod-data", "sagewright-prod-observability", "sagewright-prod-pipeline"]),
  );
  const guarded = artifacts
    .filter(({ terminationProtection }) => terminationProtection === true)
    .map(({ stackName }) => stackName);
  expect(guarded.sort()).toEqual(
    environments
      .filter((name) => name !== "dev")
      .map((name) => `sagewright-${name}-data`)
      .sort(),
  );
});

test.each(["dev", "staging", "prod"])(
  "%s: what stands still and costs money is what sagewright cost counts",
  (name) => {
    const environment = everyEnvironment[name] as Environment;
    const parts = ["data", "pipeline", "observability", "serving"].map((part) => stack(name, part));
    const made = (type: string) => parts.reduce((sum, part) => sum + Object.keys(resourcesOf(part, type)).length, 0);
    const usage = usageOf(environment, []);
    expect(made("AWS::CloudWatch::Dashboard")).toBe(usage.dashboards);
    expect(made("AWS::KMS::Key")).toBe(usage.keys);
    expect(made("AWS::WAFv2::WebACL") > 0).toBe((usage.firewallRules ?? 0) > 0);
    const named = Object.values(environment.alerts?.targets ?? {}).filter((target) => "secret" in target).length;
    expect(made("AWS::SecretsManager::Secret") + named).toBe(usage.secrets);
    // A dead-letter queue more or less is ten cents.
    const guards = environment.serving.mode === "endpoint" ? usage.guardAlarms : 0;
    expect(Math.abs(made("AWS::CloudWatch::Alarm") - usage.alarms - guards)).toBeLessThanOrEqual(5);
    expect(made("AWS::SageMaker::Endpoint")).toBe(environment.serving.mode === "endpoint" ? 1 : 0);
  },
);

test("what is captured is monitored, in every mode; who does not say whether it is hears what is missing", () => {
  const monitored = environments.filter((name) =>
    Object.values(resourcesOf(stack(name, "observability"), "AWS::Lambda::Function")).some(({ Properties }) =>
      String(Properties.FunctionName).endsWith("-summarise"),
    ),
  );
  expect(monitored).toEqual(["staging", "prod", "embedded", "serverless", "linear"]);
  const warnings = environments.flatMap((name) => {
    const made = all.app.node.findChild(`sagewright-${name}-observability`) as Stack;
    return Annotations.fromStack(made)
      .findWarning("*", Match.stringLikeRegexp("nothing is captured"))
      .map(({ entry }) => String(entry.data));
  });
  expect(warnings).toEqual([
    expect.stringMatching(
      /^Environment rolling: nothing is captured, so it gets no monitor: no drift, .*; retraining on old data alone\. Write serving\.capture: \{ share: 1 \} in config\/rolling\.ts, or \{ share: 0 \} where that is meant\./,
    ),
  ]);
});

test("every resource that can be tagged carries the environment's tags", () => {
  const bucket = stack("prod", "data").Resources.DataBucket?.Properties.Tags;
  expect(bucket).toEqual(
    expect.arrayContaining([
      { Key: "project", Value: "churn" },
      { Key: "environment", Value: "prod" },
    ]),
  );
});
