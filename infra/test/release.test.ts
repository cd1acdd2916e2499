import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateModelPackageCommand, CreateModelPackageGroupCommand } from "@aws-sdk/client-sagemaker";
import { type Cloud, openCloud } from "@sagewright/local";
import { type Clients, createClients, destroyClients, MANIFEST_DIGEST_KEY } from "@sagewright/sagemaker";
import { bundleLambda } from "@sagewright/serving";
import { unzipSync } from "fflate";
import { telecomPolicy } from "../../pipelines/churn/policy";
import { cli, root, scratchFolders } from "../../test/support/cli";
import { fixtureArchive } from "../../test/support/fixture-model";
import { gatewayEvent, runLambda } from "../../test/support/lambda-process";

/** `sagewright infra release`, rehearsed on the embedded cloud; what it packs is served by the bundle that is deployed. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
const stateDir = join(newFolder(), "state");
const models = "models-of-churn";
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

let cloud: Cloud;
let clients: Clients;
let digest: string;

beforeAll(async () => {
  cloud = await openCloud({ stateDir });
  clients = createClients(cloud.clientConfig());
  digest = await register("Approved");
});
afterAll(async () => {
  destroyClients(clients);
  await cloud.close();
});

/** A version of the fixtures' predictor in the group; the SHA-256 of its manifest. */
async function register(ModelApprovalStatus: "Approved" | "Rejected"): Promise<string> {
  const { archive, manifestSha256 } = fixtureArchive(newFolder());
  await clients.s3.send(new CreateBucketCommand({ Bucket: models })).catch(() => undefined);
  const Key = `${manifestSha256}/model.tar.gz`;
  await clients.s3.send(new PutObjectCommand({ Bucket: models, Key, Body: archive }));
  await clients.sagemaker
    .send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: "churn" }))
    .catch(() => undefined);
  const container = {
    Image: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
    ModelDataUrl: `s3://${models}/${Key}`,
  };
  const InferenceSpecification = {
    Containers: [container],
    SupportedContentTypes: ["application/json"],
    SupportedResponseMIMETypes: ["application/json"],
  };
  const decided = {
    [MANIFEST_DIGEST_KEY]: manifestSha256,
    decided_by: "maintainer",
    decided_at: "2026-01-05T10:15:00.000Z",
    gate: "passed",
  };
  await clients.sagemaker.send(
    new CreateModelPackageCommand({
      ModelPackageGroupName: "churn",
      InferenceSpecification,
      ModelApprovalStatus,
      CustomerMetadataProperties: { ...decided },
    }),
  );
  return manifestSha256;
}

interface Release {
  readonly bucket: string;
  readonly key: string;
  readonly present: boolean;
  readonly command: readonly string[];
  readonly planned?: boolean;
}

const release = (...words: string[]) => cli(["infra", "release", ...words, "--local", "--state", stateDir]);

test("a plan says what would be sent and deployed, and sends nothing", async () => {
  const { code, json, stderr } = await release("churn@1", "--env", "staging", "--plan", "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { bucket, key, present, command, planned } = json<Release>();
  expect({ present, planned }).toEqual({ present: false, planned: true });
  expect(command).toEqual([
    "cdk",
    "deploy",
    "sagewright-staging-serving",
    "--exclusively",
    "--require-approval",
    "never",
    "--parameters",
    expect.stringMatching(/^ModelPackageArn=arn:aws:sagemaker:.*:model-package\/churn\/1$/),
    "--parameters",
    "ModelVersion=1",
    "--parameters",
    `ModelDigest=${digest}`,
    "--parameters",
    `ModelLayerKey=${key}`,
    "-c",
    "env=staging",
  ]);
  await expect(clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).rejects.toThrow();
});

test("the parameters are those that the stack has, and what is packed is served by the function that is deployed", async () => {
  const { code, json } = await release("churn@1", "--env", "staging", "--json");
  expect(code).toBe(0);
  const { bucket, key, command } = json<Release>();
  const parameters = command.flatMap((word) => /^(Model\w+)=/.exec(word)?.[1] ?? []);
  const stack = readFileSync(join(root, "infra/lib/stacks/serving-stack.ts"), "utf8");
  for (const name of parameters) expect(stack).toContain(`"${name}"`);

  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const archive = (await Body?.transformToByteArray()) ?? new Uint8Array();
  expect(key).toBe(`releases/${sha256(archive)}.zip`);
  const opt = newFolder();
  for (const [name, bytes] of Object.entries(unzipSync(archive))) {
    mkdirSync(dirname(join(opt, name)), { recursive: true });
    writeFileSync(join(opt, name), bytes);
  }
  expect(JSON.parse(readFileSync(join(opt, "model/policy.json"), "utf8"))).toEqual(
    JSON.parse(JSON.stringify(telecomPolicy)),
  );
  const folder = newFolder();
  const { file } = await bundleLambda("predict", folder);
  const env = { MODEL_FOLDER: join(opt, "model"), MODEL_NAME: "churn", MODEL_VERSION: "1", MODEL_DIGEST: digest };
  const events = [
    gatewayEvent("rest", { body: JSON.stringify({ plan: "basic", international: true, tenure: 3, minutes: 120.5 }) }),
  ];
  const { results } = await runLambda(process.execPath, { code: file, folder, events, env });
  expect(results[0]?.statusCode).toBe(200);
  expect(JSON.parse(results[0]?.body ?? "{}")).toMatchObject({ modelVersion: "1" });
});

test("the same release again sends nothing: its name is made of its content", async () => {
  const { json } = await release("churn@1", "--env", "staging", "--plan", "--json");
  expect(json<Release>().present).toBe(true);
});

test("an environment without an endpoint, a rejected version and no environment are refused", async () => {
  const embedded = await release("churn@1", "--env", "dev");
  expect(embedded.code).toBe(2);
  expect(embedded.stderr).toContain("deploy churn --env dev");
  await register("Rejected");
  const rejected = await release("churn@2", "--env", "staging");
  expect(rejected.code).not.toBe(0);
  expect(rejected.stderr).toMatch(/is Rejected, and only an approved version is released/);
  const nowhere = await release("churn@1");
  expect(nowhere.code).toBe(2);
  expect(nowhere.stderr).toContain("add --env NAME");
});
