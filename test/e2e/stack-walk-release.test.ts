import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { S3 } from "@aws-sdk/client-s3";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { type Cloud, openCloud } from "@sagewright/local";
import { bundleOperation } from "@sagewright/sagemaker";
import { jobPython, scratchFolders } from "../support/cli";
import { runLambda } from "../support/lambda-process";
import { type KnownStack, openCloudFormation } from "./stack-walk/cloudformation";
import { register } from "./stack-walk/model";

/**
 * An approval where a stack serves: the function's real bundle gets events of its queue, reads the registry and the archive of the
 * embedded cloud, and asks a CloudFormation on the loopback, which speaks that service's protocol.
 */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
const bucket = "sagewright-us-east-1-000000000000";
const stack: KnownStack = {
  status: "CREATE_COMPLETE",
  parameters: {
    ...{ BootstrapVersion: "/cdk-bootstrap/hnb659fds/version", ModelPackageArn: "none", ModelVersion: "none" },
    ...{ ModelDigest: "none", ModelLayerKey: "none" },
  },
  tokens: [],
};

let cloud: Cloud;
let cloudformation: Awaited<ReturnType<typeof openCloudFormation>>;
let sagemaker: SageMaker;
let code: string;
let variables: NodeJS.ProcessEnv;

beforeAll(async () => {
  cloud = await openCloud({ stateDir: join(newFolder(), "state") });
  sagemaker = new SageMaker(cloud.clientConfig());
  await sagemaker.createModelPackageGroup({ ModelPackageGroupName: "churn" });
  cloudformation = await openCloudFormation(stack);
  code = bundleOperation("approved", newFolder()).file;
  writeFileSync(join(dirname(code), "policy.json"), '{"format":1}');
  variables = {
    AWS_ENDPOINT_URL: (await cloud.listen({ host: "127.0.0.1", port: 0 })).url,
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudformation.url,
    ...{ AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" },
    SAGEWRIGHT_APPROVAL: JSON.stringify({ group: "churn", endpoint: "churn", stack: "serving", bucket }),
  };
});
afterAll(async () => {
  await cloudformation?.close();
  await cloud?.close();
});

/** A batch as SQS hands it to a function, with an event of EventBridge as SageMaker's guide shows it. */
const queued = (arn: string, ModelApprovalStatus: string) => ({
  Records: [
    {
      ...{ messageId: "059f36b4-87a3-44ab-83d2-661975830a7d", receiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a" },
      ...{ awsRegion: "us-east-1", eventSource: "aws:sqs", md5OfBody: "e4e68fb7bd0e697a0ae8f1bb342846b3" },
      ...{ eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:approvals", messageAttributes: {} },
      attributes: { ApproximateReceiveCount: "1", SentTimestamp: "1545082649183", SenderId: "AIDAIENQZJOLO23YVJ4VO" },
      body: JSON.stringify({
        ...{ version: "0", id: "844e2571-85d4-695f-b930-0153b71dcb42", account: "000000000000", region: "us-east-1" },
        ...{ "detail-type": "SageMaker Model Package State Change", source: "aws.sagemaker", resources: [arn] },
        time: new Date().toISOString(),
        detail: {
          ...{ ModelPackageName: arn, ModelPackageGroupName: "churn", ModelPackageArn: arn, ModelApprovalStatus },
          ModelPackageStatus: "Completed",
        },
      }),
    },
  ],
});

/** Messages that come again, of a call in a process of its own. */
async function handle(arn: string, status: string): Promise<number> {
  const events = [queued(arn, status)];
  const { results } = await runLambda(process.execPath, { code, folder: newFolder(), events, env: variables });
  return (results[0] as unknown as { batchItemFailures: object[] }).batchItemFailures.length;
}

const decided = async (ModelApprovalStatus: "Approved" | "Rejected"): Promise<string> => {
  const ModelPackageArn = await register(cloud, { bucket, folder: newFolder() });
  await sagemaker.updateModelPackage({ ModelPackageArn, ModelApprovalStatus });
  return ModelPackageArn;
};

let first = "";

test("a rejection touches no stack", async () => {
  expect(await handle(await decided("Rejected"), "Rejected")).toBe(0);
  expect(cloudformation.updates()).toEqual([]);
});

test("an approval updates the stack with the template it has, and waits in its queue until that is done", async () => {
  first = await decided("Approved");
  expect(await handle(first, "Approved")).toBe(1);
  const [update, ...more] = cloudformation.updates();
  expect(more).toEqual([]);
  expect(update).toMatchObject({ StackName: "serving", UsePreviousTemplate: "true" });
  expect(update).toMatchObject({
    ...{ "Parameters.member.1.ParameterKey": "BootstrapVersion", "Parameters.member.1.UsePreviousValue": "true" },
  });
  expect(stack.parameters).toMatchObject({ ModelPackageArn: first, ModelVersion: "2" });
  expect(await handle(first, "Approved")).toBe(1);
  stack.status = "UPDATE_COMPLETE";
  expect(await handle(first, "Approved")).toBe(0);
  expect(cloudformation.updates()).toHaveLength(1);
});

test("what the functions carry is the verified files, as a layer unpacks them", async () => {
  const { ModelLayerKey = "", ModelDigest } = stack.parameters;
  expect(ModelLayerKey).toMatch(/^releases\/[0-9a-f]{64}\.zip$/);
  const { Body } = await new S3(cloud.clientConfig()).getObject({ Bucket: bucket, Key: ModelLayerKey });
  const file = join(newFolder(), "layer.zip");
  writeFileSync(file, (await Body?.transformToByteArray()) ?? "");
  const program = `
import hashlib, sys, zipfile
layer = zipfile.ZipFile(sys.argv[1])
print(sorted(layer.namelist()), hashlib.sha256(layer.read("model/manifest.json")).hexdigest())`;
  expect(execFileSync(jobPython, ["-c", program, file], { encoding: "utf8" }).trim()).toBe(
    `['model/contract.json', 'model/manifest.json', 'model/policy.json', 'model/predictor.safetensors'] ${ModelDigest}`,
  );
});

test("a stack that is being updated is waited for; one that turned the version back is left as it is", async () => {
  const next = await decided("Approved");
  stack.status = "UPDATE_IN_PROGRESS";
  expect(await handle(next, "Approved")).toBe(1);
  expect(cloudformation.updates()).toHaveLength(1);
  stack.status = "UPDATE_COMPLETE";
  expect(await handle(next, "Approved")).toBe(1);
  expect(cloudformation.updates()).toHaveLength(2);
  Object.assign(stack, {
    status: "UPDATE_ROLLBACK_COMPLETE",
    parameters: { ...stack.parameters, ModelPackageArn: first },
  });
  expect(await handle(next, "Approved")).toBe(0);
  // The approval before it is not the last one, and does nothing either.
  expect(await handle(first, "Approved")).toBe(0);
  expect(cloudformation.updates()).toHaveLength(2);
});
