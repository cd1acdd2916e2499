import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateModelPackageGroupCommand, ListModelsCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type Cloud, type FaultRule, openCloud } from "../../../src";
import { folderPerTest } from "../../support/folder";

let cloud: Cloud;
afterEach(() => cloud.close());
const folder = folderPerTest();

beforeEach(async () => {
  cloud = await openCloud({ stateDir: folder.path });
});

const once = { maxAttempts: 1 };
const Bucket = "sagewright-us-east-1-000000000000";
const sagemaker = (config = {}) => new SageMakerClient({ ...cloud.clientConfig(), ...once, ...config });

describe("injected faults", () => {
  test("throttling is what the SDK retries, as often as asked", async () => {
    await cloud.faults.add({ service: "sagemaker", operation: "List*", fault: { kind: "throttling" }, count: 2 });
    const answer = await sagemaker({ maxAttempts: 3 }).send(new ListModelsCommand({}));
    expect(answer.$metadata.attempts).toBe(3);
    expect(await cloud.faults.list()).toMatchObject([{ seen: 3, made: 2 }]);
  });

  test("access errors have each protocol's own form and name the action", async () => {
    const denied = { kind: "accessDenied" } as const;
    await cloud.faults.add({ fault: denied });
    const config = { ...cloud.clientConfig(), ...once };
    const action = (name: string) => expect.stringContaining(`is not authorized to perform: ${name} because`);
    await expect(sagemaker().send(new ListModelsCommand({}))).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: action("sagemaker:ListModels"),
      $metadata: { httpStatusCode: 400 },
    });
    await expect(new S3Client(config).send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: "AccessDenied",
      message: action("s3:ListBucket"),
      $metadata: { httpStatusCode: 403 },
    });
    await expect(new STSClient(config).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "AccessDenied",
      $metadata: { httpStatusCode: 403 },
    });
    await expect(new CloudWatchClient(config).send(new DescribeAlarmsCommand({}))).rejects.toMatchObject({
      message: action("cloudwatch:DescribeAlarms"),
    });
    await cloud.faults.clear();
    await cloud.faults.add({ fault: { kind: "expiredToken" } });
    await expect(sagemaker().send(new ListModelsCommand({}))).rejects.toMatchObject({ name: "ExpiredTokenException" });
    await expect(new S3Client(config).send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: "ExpiredToken",
    });
  });

  test("a lost answer leaves what was done", async () => {
    await cloud.faults.add({ operation: "PutObject", fault: { kind: "disconnect", after: true }, count: 1 });
    const s3 = new S3Client({ ...cloud.clientConfig(), ...once });
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "b" }))).rejects.toMatchObject({
      code: "ECONNRESET",
    });
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(1);
  });

  test("over HTTP a connection breaks, for whoever asks and wherever the owner is", async () => {
    const follower = await openCloud({ stateDir: folder.path });
    try {
      expect(follower.role).toBe("client");
      const { url } = await follower.listen();
      await follower.faults.add({ service: "sts", fault: { kind: "timeout", ms: 20 }, count: 1 });
      const { requestHandler: _inProcess, ...config } = follower.clientConfig();
      const sts = new STSClient({ ...config, ...once, endpoint: url });
      await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toThrow(/socket hang up|ECONNRESET/);
      expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe("000000000000");
    } finally {
      await follower.close();
    }
  });

  test("the same seed hits the same requests", async () => {
    const hits = async (seed: number) => {
      await cloud.faults.clear();
      await cloud.faults.add({ service: "sagemaker", fault: { kind: "serverError" }, probability: 0.3, seed });
      const results: boolean[] = [];
      for (let index = 0; index < 60; index++) {
        results.push(
          await sagemaker()
            .send(new ListModelsCommand({}))
            .then(
              () => false,
              () => true,
            ),
        );
      }
      return results;
    };
    const first = await hits(7);
    expect(await hits(7)).toEqual(first);
    expect(await hits(8)).not.toEqual(first);
    const share = first.filter(Boolean).length / first.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.45);
  });

  test("rules outlive the process and are taken away one by one", async () => {
    const { id } = await cloud.faults.add({
      operation: "CreateModelPackageGroup",
      fault: { kind: "error", code: "ConflictException", message: "busy" },
    });
    await cloud.close();
    cloud = await openCloud({ stateDir: folder.path });
    const create = new CreateModelPackageGroupCommand({ ModelPackageGroupName: "churn" });
    await expect(sagemaker().send(create)).rejects.toMatchObject({ name: "ConflictException", message: "busy" });
    await cloud.faults.remove(id);
    expect((await sagemaker().send(create)).ModelPackageGroupArn).toMatch(/churn$/);
    await expect(cloud.faults.remove(id)).rejects.toMatchObject({ code: "fault_unknown" });
  });

  test.each<[unknown, string]>([
    [{ fault: { kind: "fire" } }, 'fault.kind: "fire" is not one of throttling, serverError, '],
    [{ fault: { kind: "slow" } }, "fault.ms: nothing is not real milliseconds."],
    [{ fault: { kind: "throttling" }, probability: 2 }, "probability: 2 is not a number from 0 to 1."],
    [{ fault: { kind: "throttling" }, times: 2 }, "rule.times is not known. Known are service, operation, "],
  ])("a wrong rule is refused: %j", async (rule, message) => {
    await expect(cloud.faults.add(rule as FaultRule)).rejects.toThrow(message);
  });

  test("the control API says what it has", async () => {
    const { url } = await cloud.listen();
    const answer = await fetch(`${url}/_sagewright/weather`);
    expect(answer.status).toBe(404);
    expect(((await answer.json()) as { message: string }).message).toContain("POST /_sagewright/clock/advance");
  });
});

test("CloudWatch's metrics survive the process", async () => {
  const metrics = new CloudWatchClient(cloud.clientConfig());
  await metrics.send(new PutMetricDataCommand({ Namespace: "Own", MetricData: [{ MetricName: "a", Value: 3 }] }));
  await cloud.close();
  cloud = await openCloud({ stateDir: folder.path });
  const again = new CloudWatchClient(cloud.clientConfig());
  const { GetMetricStatisticsCommand } = await import("@aws-sdk/client-cloudwatch");
  const { Datapoints } = await again.send(
    new GetMetricStatisticsCommand({
      Namespace: "Own",
      MetricName: "a",
      StartTime: new Date(Date.now() - 600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 60,
      Statistics: ["Sum"],
    }),
  );
  expect(Datapoints?.map(({ Sum }) => Sum)).toEqual([3]);
});
