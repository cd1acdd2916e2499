import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateModelPackageGroupCommand,
  ListModelPackageGroupsCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import { openCloud } from "../../src/cloud";

const Bucket = "sagewright-us-east-1-000000000000";

/** Works on a file system of 600 KB until it is full, and on; says what happened as JSON. */
async function main(disk: string): Promise<void> {
  const stateDir = join(disk, "state");
  const cloud = await openCloud({ stateDir });
  const s3 = new S3Client(cloud.clientConfig());
  const sagemaker = new SageMakerClient(cloud.clientConfig());
  const put = (Key: string, Body: Buffer | string) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body })).then(() => "done", failure);
  const group = () =>
    sagemaker.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: "g" })).then(() => "done", failure);
  const read = async (Key: string) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

  const seen: Record<string, unknown> = { small: await put("a", "old") };
  seen.large = await put("a", Buffer.alloc(900_000));
  seen.afterLarge = await read("a");
  try {
    writeFileSync(join(disk, "fill"), Buffer.alloc(1_000_000));
  } catch {
    // That is the purpose.
  }
  seen.whenFull = await put("b", "x".repeat(9000));
  seen.groupWhenFull = await group();
  seen.scratch = readdirSync(join(stateDir, "tmp"));
  rmSync(join(disk, "fill"));
  seen.groupAfter = await group();
  seen.bAfter = await put("b", "x");
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
  seen.listed = Contents?.map(({ Key, Size }) => [Key, Size]);
  const groups = await sagemaker.send(new ListModelPackageGroupsCommand({}));
  seen.groups = groups.ModelPackageGroupSummaryList?.length;
  await cloud.close();
  process.stdout.write(JSON.stringify(seen));
}

const failure = (error: Error & { $metadata?: { httpStatusCode?: number; attempts?: number } }) => [
  error.name,
  error.$metadata?.httpStatusCode,
  error.$metadata?.attempts,
  error.message,
];

main(process.argv[2] as string);
