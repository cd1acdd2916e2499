import { join } from "node:path";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateModelPackageCommand, CreateModelPackageGroupCommand } from "@aws-sdk/client-sagemaker";
import { type Cloud, openCloud } from "@sagewright/local";
import {
  type Clients,
  createClients,
  deployEmbedded,
  destroyClients,
  planEmbedded,
  readPointer,
  rollbackEmbedded,
} from "@sagewright/sagemaker";
import { bundleLambda } from "@sagewright/serving";
import { scratchFolders } from "../support/cli";
import { fixtureArchive } from "../support/fixture-model";
import { type GatewayAnswer, gatewayEvent, runLambda } from "../support/lambda-process";

/**
 * Deployment and rollback where functions score in their own process: the real bundle reads what the deployment wrote, through
 * S3's own API over HTTP.
 */
jest.setTimeout(60_000);

const newFolder = scratchFolders();
const bucket = "sagewright-us-east-1-000000000000";
const wish = { endpoint: "churn", bucket };
const row = { plan: "basic", international: true, tenure: 3, minutes: 120.5 };

let cloud: Cloud;
let clients: Clients;
let code: string;
let url: string;

beforeAll(async () => {
  cloud = await openCloud({ stateDir: join(newFolder(), "state") });
  url = (await cloud.listen({ host: "127.0.0.1", port: 0 })).url;
  clients = createClients(cloud.clientConfig());
  await clients.sagemaker.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: "churn" }));
  const folder = newFolder();
  code = (await bundleLambda("predict", folder)).file;
});
afterAll(async () => {
  destroyClients(clients);
  await cloud.close();
});

/** Registers an approved version of the fixtures' predictor; `note` makes it another one. */
async function register(note: number): Promise<string> {
  const { archive, manifestSha256 } = fixtureArchive(newFolder(), { metrics: { auc: note / 100 } });
  const Key = `models/${note}/model.tar.gz`;
  await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: archive }));
  const { ModelPackageArn = "" } = await clients.sagemaker.send(
    new CreateModelPackageCommand({
      ModelPackageGroupName: "churn",
      ModelApprovalStatus: "Approved",
      CustomerMetadataProperties: { manifest_sha256: manifestSha256 },
      InferenceSpecification: {
        Containers: [
          {
            Image: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
            ModelDataUrl: `s3://${bucket}/${Key}`,
          },
        ],
        SupportedContentTypes: ["text/csv"],
        SupportedResponseMIMETypes: ["text/csv"],
      },
    }),
  );
  return ModelPackageArn;
}

/** What a function started now answers. */
async function answer(): Promise<GatewayAnswer | undefined> {
  const { results } = await runLambda(process.execPath, {
    code,
    folder: newFolder(),
    events: [gatewayEvent("http", { body: JSON.stringify(row) })],
    env: {
      MODEL_POINTER: `s3://${bucket}/serving/churn/current.json`,
      AWS_ENDPOINT_URL: url,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
    },
  });
  return results[0];
}

/** The version that it answers with. */
async function answered(): Promise<string> {
  const { statusCode, body = "{}" } = (await answer()) ?? {};
  expect(statusCode).toBe(200);
  return JSON.parse(body).modelVersion;
}

test("before the first deployment a function says that there is no model", async () => {
  const { statusCode, headers, body = "{}" } = (await answer()) ?? {};
  expect(statusCode).toBe(503);
  expect(headers?.["content-type"]).toBe("application/problem+json");
  expect(JSON.parse(body)).toMatchObject({ status: 503, code: "model_unpublished" });
});

test("functions score with what is deployed, and with the former version after a rollback", async () => {
  const [first, second] = [await register(80), await register(85)];
  expect(await planEmbedded(clients, { ...wish, modelPackageArn: first })).toMatchObject({
    change: "created",
    after: "churn/1",
    objects: [{ present: false }, { present: false }, { present: false }],
  });
  expect(await readPointer(clients, bucket, "churn")).toEqual({});
  expect(await deployEmbedded(clients, { ...wish, modelPackageArn: first })).toMatchObject({ change: "created" });
  expect(await answered()).toBe("1");
  expect(await deployEmbedded(clients, { ...wish, modelPackageArn: second })).toMatchObject({
    change: "updated",
    before: "churn/1",
    after: "churn/2",
  });
  expect(await answered()).toBe("2");
  expect(await deployEmbedded(clients, { ...wish, modelPackageArn: second })).toMatchObject({ change: "unchanged" });
  const back = await rollbackEmbedded(clients, wish);
  expect(back).toMatchObject({ from: "churn/2", to: "churn/1" });
  expect(back.seconds).toBeLessThan(5);
  expect(await answered()).toBe("1");
  await expect(rollbackEmbedded(clients, wish)).rejects.toMatchObject({ code: "nothing_before" });
});

test("cut off after any request, a deployment goes on; until then the former version is scored with", async () => {
  const hasty = createClients({ ...cloud.clientConfig(), maxAttempts: 1 });
  const arn = await register(90);
  const { pointer: former } = await readPointer(clients, bucket, "churn");
  let requests = 0;
  for (; ; requests += 1) {
    await cloud.faults.add({ fault: { kind: "disconnect", after: true }, skip: requests, count: 1 });
    await deployEmbedded(hasty, { ...wish, modelPackageArn: arn }).catch(() => {});
    const [rule] = await cloud.faults.list();
    await cloud.faults.clear();
    if (rule?.made === 0) break;
    const { pointer } = await readPointer(clients, bucket, "churn");
    expect([former?.current.version, 3]).toContain(pointer?.current.version);
  }
  destroyClients(hasty);
  expect(requests).toBeGreaterThanOrEqual(6);
  const { pointer } = await readPointer(clients, bucket, "churn");
  expect(pointer?.current).toMatchObject({ name: "churn", version: 3 });
  expect(pointer?.before.map(({ version }) => version)).toEqual([1]);
});

test("two at once: one is refused; a version whose files are gone is not returned to", async () => {
  const [fourth, fifth] = [await register(91), await register(92)];
  const outcomes = await Promise.allSettled(
    [fourth, fifth].map((modelPackageArn) => deployEmbedded(clients, { ...wish, modelPackageArn })),
  );
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(refused.length).toBeLessThanOrEqual(1);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: "endpoint_busy" });
  const { pointer } = await readPointer(clients, bucket, "churn");
  expect(pointer?.before[0]?.version).toBe(refused.length === 1 ? 3 : expect.any(Number));
  const Key = `${pointer?.before[0]?.uri.replace(`s3://${bucket}/`, "")}/predictor.safetensors`;
  await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  await expect(rollbackEmbedded(clients, wish)).rejects.toMatchObject({ code: "artefact_changed" });
});
