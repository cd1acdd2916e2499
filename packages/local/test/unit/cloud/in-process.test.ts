import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateTrainingJobCommand, ListDomainsCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type Cloud, openCloud } from "../../../src";
import { folderPerTest } from "../../support/folder";

let cloud: Cloud;
// Before the folder is removed: hooks run in the order in which they are written.
afterEach(() => cloud.close());
const folder = folderPerTest();
const Bucket = "sagewright-us-east-1-000000000000";

beforeEach(async () => {
  cloud = await openCloud({ stateDir: folder.path });
});

describe("AWS SDK clients in the same process", () => {
  test("an object makes the round trip, as text, bytes and stream, under an odd key", async () => {
    const s3 = new S3Client(cloud.clientConfig());
    const Key = "a b/ü+&?#%.txt";
    async function* stream() {
      yield Buffer.from("str");
      yield Buffer.from("eam");
    }
    const bodies = [
      "text",
      Buffer.from("bytes"),
      (await import("node:stream")).Readable.from(stream(), { objectMode: false }),
    ];
    for (const [index, expected] of ["text", "bytes", "stream"].entries()) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: bodies[index], Metadata: { a: "b" } }));
      const answer = await s3.send(new GetObjectCommand({ Bucket, Key }));
      expect(await answer.Body?.transformToString()).toBe(expected);
      expect(answer.Metadata).toEqual({ a: "b" });
      expect(answer.LastModified).toBeInstanceOf(Date);
    }
    const listed = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(listed.Contents?.map((one) => [one.Key, one.Size])).toEqual([[Key, 6]]);
    const deleted = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));
    expect(deleted.Deleted).toEqual([{ Key }]);
    await expect(s3.send(new GetObjectCommand({ Bucket, Key }))).rejects.toBeInstanceOf(NoSuchKey);
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      name: "NotFound",
      $metadata: { httpStatusCode: 404 },
    });
  });

  test("every service answers, with errors that the clients know", async () => {
    const config = cloud.clientConfig();
    expect((await new STSClient(config).send(new GetCallerIdentityCommand({}))).Account).toBe("000000000000");
    expect((await new CloudWatchLogsClient(config).send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
    await expect(new LambdaClient(config).send(new GetFunctionCommand({ FunctionName: "none" }))).rejects.toMatchObject(
      {
        name: "ResourceNotFoundException",
      },
    );
    const invoke = new InvokeEndpointCommand({ EndpointName: "none", Body: Buffer.from("x") });
    await expect(new SageMakerRuntimeClient(config).send(invoke)).rejects.toMatchObject({
      name: "ValidationError",
      message: "Endpoint none of account 000000000000 not found.",
    });
  });

  test("a request that breaks the service model is refused in AWS's words", async () => {
    const sagemaker = new SageMakerClient(cloud.clientConfig());
    const command = new CreateTrainingJobCommand({ TrainingJobName: "-", RoleArn: "x" } as never);
    const error = await sagemaker.send(command).catch((caught: Error) => caught);
    expect((error as Error).name).toBe("ValidationException");
    expect((error as Error).message).toMatch(/^\d+ validation errors detected: Value /);
    expect((error as Error).message).toContain(
      "Value 'x' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
    );
  });

  test("an operation that is not emulated names itself", async () => {
    const sagemaker = new SageMakerClient(cloud.clientConfig());
    await expect(sagemaker.send(new ListDomainsCommand({}))).rejects.toMatchObject({
      name: "UnsupportedOperationException",
      message: "ListDomains is not emulated by Sagewright's embedded cloud (sagemaker). Nothing was done.",
    });
  });

  test("state is there again after closing and opening", async () => {
    const s3 = new S3Client(cloud.clientConfig());
    await s3.send(new PutObjectCommand({ Bucket, Key: "kept", Body: "kept" }));
    await cloud.close();
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: "kept" }))).rejects.toMatchObject({
      code: "cloud_closed",
    });
    cloud = await openCloud({ stateDir: folder.path });
    const again = await new S3Client(cloud.clientConfig()).send(new GetObjectCommand({ Bucket, Key: "kept" }));
    expect(await again.Body?.transformToString()).toBe("kept");
  });

  test("two clouds over one folder in one process see the same, in objects of any size", async () => {
    const other = await openCloud({ stateDir: folder.path });
    expect([cloud.role, other.role]).toEqual(["owner", "client"]);
    const [one, two] = [cloud, other].map((each) => new S3Client(each.clientConfig())) as [S3Client, S3Client];
    for (const size of [0, 10, 300_000, 9_000_000]) {
      const Body = Buffer.alloc(size, "x");
      await two.send(new PutObjectCommand({ Bucket, Key: `size ${size}`, Body }));
      const answer = await one.send(new GetObjectCommand({ Bucket, Key: `size ${size}` }));
      expect((await answer.Body?.transformToByteArray())?.length).toBe(size);
      const back = await two.send(new GetObjectCommand({ Bucket, Key: `size ${size}` }));
      expect((await back.Body?.transformToByteArray())?.length).toBe(size);
    }
    await cloud.close();
    expect((await two.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(4);
    expect(other.role).toBe("owner");
    await other.close();
  });
});

describe("listening", () => {
  test("a taken port is named", async () => {
    const first = await cloud.listen();
    await expect(cloud.listen({ port: first.port })).rejects.toMatchObject({
      code: "port_taken",
      message: `Port ${first.port} on 127.0.0.1 is taken by another program. Name another port, or 0 for any free one.`,
    });
  });

  test("pages of other origins are refused, pages of this machine are not", async () => {
    const { url } = await cloud.listen();
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${url}/${Bucket}?list-type=2`, { headers })).status;
    expect(await status({})).toBe(200);
    expect(await status({ origin: "http://localhost:3000" })).toBe(200);
    expect(await status({ origin: "https://evil.example" })).toBe(403);
    expect(await status({ origin: "null" })).toBe(403);
  });

  test("what is no proper request gets an error, not an effect", async () => {
    const { url } = await cloud.listen();
    const send = async (target: string, body: string) => {
      const answer = await fetch(url, { method: "POST", headers: { "x-amz-target": target }, body });
      return [answer.status, await answer.json()];
    };
    expect(await send("SageMaker.CreateModel", "{not json")).toEqual([
      400,
      { __type: "SerializationException", message: "The request body is not valid JSON." },
    ]);
    expect(await send("SageMaker.CreateModel", `{"ModelName": "${"x".repeat(9 * 1024 * 1024)}"}`)).toEqual([
      413,
      { __type: "RequestEntityTooLargeException", message: "The request body is larger than 8388608 bytes." },
    ]);
    expect(await send("SageMaker.Nonsense", "{}")).toEqual([
      400,
      { __type: "UnknownOperationException", message: "sagemaker has no operation Nonsense." },
    ]);
    expect(await send("DynamoDB_20120810.ListTables", "{}")).toMatchObject([
      404,
      { message: expect.stringContaining('The service "DynamoDB_20120810" is not emulated') },
    ]);
  });
});
