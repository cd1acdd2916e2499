import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { Lambda } from "@aws-sdk/client-lambda";
import { SQS } from "@aws-sdk/client-sqs";
import { until } from "../../../../../test/support/until";
import { type Cloud, openCloud } from "../../../src";
import { removeFolder } from "../../support/folder";
import { functionArchive } from "../../support/function-archive";

/** Published versions, aliases that divide calls between two of them, and layers. */
const root = mkdtempSync(join(tmpdir(), "sagewright-versions-"));
const stateDir = join(root, "state");
const zip = (files: Record<string, string>): Buffer => functionArchive(files, root);
const code = `exports.handler = async (event, context) => {
  if (event.fail) throw new Error("asked to");
  return [process.env.WORD, context.functionVersion, context.invokedFunctionArn.split(":").slice(6).join(":")];
};`;
let cloud: Cloud;
let lambda: Lambda;
const open = async () => {
  cloud = await openCloud({ stateDir });
  lambda = new Lambda(cloud.clientConfig());
};
beforeAll(async () => {
  await open();
  await lambda.createFunction({
    ...{ FunctionName: "f", Runtime: "nodejs22.x", Handler: "index.handler", Role: "arn:aws:iam::000000000000:role/r" },
    ...{ Code: { ZipFile: zip({ "index.js": code }) }, Environment: { Variables: { WORD: "one" } } },
  });
});
afterAll(async () => {
  await cloud.close();
  await removeFolder(root);
});

async function called(FunctionName: string, Qualifier?: string, event: object = {}): Promise<unknown> {
  const { Payload, ExecutedVersion } = await lambda.invoke({ FunctionName, Qualifier, Payload: JSON.stringify(event) });
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString());
  if (answer.length === 3) expect(answer[1]).toBe(ExecutedVersion);
  return answer;
}
const word = (WORD: string) =>
  lambda.updateFunctionConfiguration({ FunctionName: "f", Environment: { Variables: { WORD } } });

test("a version stays as it was published, and what has not changed is no new version", async () => {
  const first = await lambda.publishVersion({ FunctionName: "f", Description: "the first" });
  expect(first).toMatchObject({
    ...{ Version: "1", Description: "the first" },
    FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:f:1",
  });
  expect((await lambda.publishVersion({ FunctionName: "f" })).Version).toBe("1");
  await word("two");
  expect((await lambda.publishVersion({ FunctionName: "f" })).Version).toBe("2");
  expect(await called("f:1")).toEqual(["one", "1", "f:1"]);
  expect(await called("f", "2")).toEqual(["two", "2", "f:2"]);
  expect(await called("f")).toEqual(["two", "$LATEST", "f"]);
  const { Versions = [] } = await lambda.listVersionsByFunction({ FunctionName: "f" });
  expect(Versions.map(({ Version }) => Version)).toEqual(["$LATEST", "1", "2"]);
  await expect(called("f", "7")).rejects.toThrow(
    "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:7",
  );
  await expect(lambda.publishVersion({ FunctionName: "f", CodeSha256: "other" })).rejects.toThrow(
    "is different from current CodeSHA256 in $LATEST",
  );
});

test("an alias gives the other version exactly its share, after the cloud was opened again too", async () => {
  const AliasArn = "arn:aws:lambda:us-east-1:000000000000:function:f:live";
  expect(await lambda.createAlias({ FunctionName: "f", Name: "live", FunctionVersion: "1" })).toMatchObject({
    AliasArn,
  });
  expect(await called(AliasArn)).toEqual(["one", "1", "f:live"]);
  await lambda.updateAlias({
    ...{ FunctionName: "f", Name: "live" },
    RoutingConfig: { AdditionalVersionWeights: { "2": 0.25 } },
  });
  await cloud.close();
  await open();
  const words = [];
  for (let call = 0; call < 8; call += 1) words.push(((await called("f", "live")) as string[])[0]);
  expect(words).toEqual(["one", "one", "one", "two", "one", "one", "one", "two"]);
  const dimensions = (Resource: string, more: object = {}) =>
    Object.entries({ FunctionName: "f", Resource, ...more }).map(([Name, Value]) => ({ Name, Value }));
  const count = async (Dimensions: ReturnType<typeof dimensions>) => {
    const { Datapoints = [] } = await new CloudWatch(cloud.clientConfig()).getMetricStatistics({
      ...{ Namespace: "AWS/Lambda", MetricName: "Invocations", Dimensions, Period: 86_400, Statistics: ["Sum"] },
      ...{ StartTime: new Date(Date.now() - 86_400_000), EndTime: new Date(Date.now() + 86_400_000) },
    });
    return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
  };
  expect(await count(dimensions("f:live"))).toBe(9);
  expect(await count(dimensions("f:live", { ExecutedVersion: "2" }))).toBe(2);
  await lambda.updateAlias({ FunctionName: "f", Name: "live", FunctionVersion: "2", RoutingConfig: {} });
  expect(await called("f", "live")).toEqual(["two", "2", "f:live"]);
});

test("what would not do is refused in Lambda's words", async () => {
  const alias = { FunctionName: "f", Name: "live" };
  const divided = (AdditionalVersionWeights: Record<string, number>) =>
    lambda.updateAlias({ ...alias, RoutingConfig: { AdditionalVersionWeights } });
  await expect(lambda.createAlias({ ...alias, FunctionVersion: "1" })).rejects.toMatchObject({
    name: "ResourceConflictException",
  });
  await expect(divided({ "2": 0.1 })).rejects.toThrow("is already included in routing configuration");
  await expect(divided({ $LATEST: 0.1 })).rejects.toThrow("$LATEST is not supported");
  await expect(divided({ "9": 0.1 })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(lambda.getAlias({ FunctionName: "f", Name: "gone" })).rejects.toThrow(
    "Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:f:gone",
  );
  await expect(lambda.deleteFunction({ FunctionName: "f", Qualifier: "2" })).rejects.toThrow(
    "served by the alias live",
  );
  await lambda.deleteFunction({ FunctionName: "f", Qualifier: "1" });
  await expect(called("f", "1")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("an alias has a policy of its own", async () => {
  const given = { FunctionName: "f", StatementId: "gateway", Action: "lambda:InvokeFunction" };
  await lambda.addPermission({ ...given, Qualifier: "live", Principal: "apigateway.amazonaws.com" });
  await expect(lambda.getPolicy({ FunctionName: "f" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  const { Policy = "{}" } = await lambda.getPolicy({ FunctionName: "f", Qualifier: "live" });
  expect(JSON.parse(Policy).Statement).toEqual([
    expect.objectContaining({ Resource: "arn:aws:lambda:us-east-1:000000000000:function:f:live" }),
  ]);

  await lambda.createAlias({ FunctionName: "f", Name: "passing", FunctionVersion: "2" });
  const once = { ...given, Qualifier: "passing", Principal: "apigateway.amazonaws.com" };
  await lambda.addPermission(once);
  await lambda.deleteAlias({ FunctionName: "f", Name: "passing" });
  await lambda.createAlias({ FunctionName: "f", Name: "passing", FunctionVersion: "2" });
  await lambda.addPermission(once);
  await lambda.deleteAlias({ FunctionName: "f", Name: "passing" });
});

test("whoever publishes the same at the same time gets the same version", async () => {
  await word("both");
  const published = await Promise.all([1, 2].map(() => lambda.publishVersion({ FunctionName: "f" })));
  expect(published.map(({ Version }) => Version)).toEqual(["3", "3"]);
});

test("what a version gives up goes where that version says, by the function's whole name too", async () => {
  const sqs = new SQS(cloud.clientConfig());
  const { QueueUrl } = await sqs.createQueue({ QueueName: "given-up" });
  const FunctionName = "my-function";
  const TargetArn = "arn:aws:sqs:us-east-1:000000000000:given-up";
  await lambda.createFunction({
    ...{ FunctionName, Runtime: "nodejs22.x", Handler: "index.handler", Role: "arn:aws:iam::000000000000:role/r" },
    ...{ Code: { ZipFile: zip({ "index.js": code }) }, DeadLetterConfig: { TargetArn } },
  });
  await lambda.putFunctionEventInvokeConfig({ FunctionName, MaximumRetryAttempts: 0 });
  await lambda.publishVersion({ FunctionName });
  await lambda.createAlias({ FunctionName, Name: "live", FunctionVersion: "1" });
  await lambda.updateFunctionConfiguration({ FunctionName, DeadLetterConfig: { TargetArn: "" } });
  expect(await called(`${FunctionName}:live`)).toEqual([null, "1", `${FunctionName}:live`]);
  const Payload = JSON.stringify({ fail: true });
  await lambda.invoke({ FunctionName, Qualifier: "live", InvocationType: "Event", Payload });
  await until(async () => {
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl });
    return Messages.some(({ Body }) => Body === Payload);
  });
  sqs.destroy();
});

test("layers are what a function sees below /opt, later ones over earlier ones, and a version keeps its own", async () => {
  const layer = async (files: Record<string, string>, LayerName: string) =>
    (await lambda.publishLayerVersion({ LayerName, Content: { ZipFile: zip(files) } })).LayerVersionArn ?? "";
  const first = await layer(
    { "model/a.txt": "a1", "model/b.txt": "b1", "nodejs/node_modules/said/index.js": "" },
    "one",
  );
  const second = await layer({ "model/b.txt": "b2" }, "two");
  expect([first, second].map((arn) => arn.split(":").slice(5).join(":"))).toEqual(["layer:one:1", "layer:two:1"]);
  const reads = `exports.handler = async () => {
    require("said");
    return require("node:fs").readdirSync(process.env.PLACE).map((name) =>
      require("node:fs").readFileSync(process.env.PLACE + "/" + name, "utf8"));
  };`;
  await lambda.createFunction({
    ...{ FunctionName: "reader", Runtime: "nodejs22.x", Handler: "index.handler", Layers: [first, second] },
    ...{ Role: "arn:aws:iam::000000000000:role/r", Environment: { Variables: { PLACE: "/opt/model" } } },
    Code: { ZipFile: zip({ "index.js": reads }) },
  });
  expect(await called("reader")).toEqual(["a1", "b2"]);
  expect((await lambda.publishVersion({ FunctionName: "reader" })).Layers).toEqual([
    { Arn: first, CodeSize: expect.any(Number) },
    { Arn: second, CodeSize: expect.any(Number) },
  ]);
  await lambda.updateFunctionConfiguration({ FunctionName: "reader", Layers: [first] });
  await lambda.deleteLayerVersion({ LayerName: "two", VersionNumber: 1 });
  const { Payload } = await lambda.invoke({ FunctionName: "reader", Qualifier: "1" });
  expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toEqual(["a1", "b2"]);
  await expect(lambda.updateFunctionConfiguration({ FunctionName: "reader", Layers: [second] })).rejects.toThrow(
    `Layer version ${second} does not exist.`,
  );
  expect(await layer({ "x.txt": "" }, "two")).toMatch(/:2$/);
});

test("a function that is deleted takes its versions and aliases with it", async () => {
  await lambda.deleteFunction({ FunctionName: "f" });
  await lambda.createFunction({
    ...{ FunctionName: "f", Runtime: "nodejs22.x", Handler: "index.handler", Role: "arn:aws:iam::000000000000:role/r" },
    Code: { ZipFile: zip({ "index.js": code }) },
  });
  await expect(called("f", "live")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(lambda.getPolicy({ FunctionName: "f" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  expect((await lambda.publishVersion({ FunctionName: "f" })).Version).toBe("1");
});
