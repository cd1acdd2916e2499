import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApplicationAutoScalingClient,
  DescribeScalingActivitiesCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { type Cloud, openCloud } from "../../src";
import { removeFolder } from "../support/folder";
import { BUCKET, IMAGE, pythonAtHand } from "../support/hosted-cloud";

const script = `
def model_fn(model_dir): return "ok"
def transform_fn(model, body, content_type, accept): return model, "text/plain"
`;
const minuteMs = 60_000;
const role = "arn:aws:iam::000000000000:role/SagewrightExecution";
const place = {
  ServiceNamespace: "sagemaker",
  ResourceId: "endpoint/churn/variant/AllTraffic",
  ScalableDimension: "sagemaker:variant:DesiredInstanceCount",
} as const;

jest.setTimeout(90_000);

(pythonAtHand() ? describe : describe.skip)("an endpoint that scales", () => {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-scaling-"));
  let cloud: Cloud;
  let sagemaker: SageMakerClient;
  let scaling: ApplicationAutoScalingClient;
  let runtime: SageMakerRuntimeClient;

  beforeAll(async () => {
    cloud = await openCloud({
      stateDir: join(folder, "state"),
      clock: "manual",
      startAt: new Date("2027-01-01T00:00:00Z"),
    });
    const config = cloud.clientConfig();
    sagemaker = new SageMakerClient(config);
    scaling = new ApplicationAutoScalingClient(config);
    runtime = new SageMakerRuntimeClient(config);
    mkdirSync(join(folder, "model/code"), { recursive: true });
    writeFileSync(join(folder, "model/code/inference.py"), script);
    execFileSync("tar", ["-czf", join(folder, "model.tar.gz"), "-C", join(folder, "model"), "."]);
    const Body = readFileSync(join(folder, "model.tar.gz"));
    await new S3Client(config).send(new PutObjectCommand({ Bucket: BUCKET, Key: "model.tar.gz", Body }));
    const PrimaryContainer = {
      Image: IMAGE,
      ModelDataUrl: `s3://${BUCKET}/model.tar.gz`,
      Environment: { SAGEMAKER_PROGRAM: "inference.py", SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code" },
    };
    await sagemaker.send(new CreateModelCommand({ ModelName: "churn", ExecutionRoleArn: role, PrimaryContainer }));
    await deploy("churn", "ml.m5.large");
  });
  afterAll(async () => {
    await cloud.close();
    await removeFolder(folder);
  });

  async function deploy(name: string, InstanceType: "ml.m5.large" | "ml.t2.medium"): Promise<void> {
    const variant = { VariantName: "AllTraffic", ModelName: "churn", InstanceType, InitialInstanceCount: 1 };
    await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }));
    await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
    await cloud.clock.advance(0);
  }
  async function instances(): Promise<number | undefined> {
    const { ProductionVariants } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: "churn" }));
    return ProductionVariants?.[0]?.CurrentInstanceCount;
  }
  /** So many requests in each of so many simulated minutes. */
  async function traffic(minutes: number, requests: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      for (let request = 0; request < requests; request++) {
        await runtime.send(new InvokeEndpointCommand({ EndpointName: "churn", Body: "x", ContentType: "text/csv" }));
      }
      await cloud.clock.advance(minuteMs);
    }
  }

  test("follows its traffic up and down, and by the clock", async () => {
    await scaling.send(new RegisterScalableTargetCommand({ ...place, MinCapacity: 1, MaxCapacity: 4 }));
    const { Alarms } = await scaling.send(
      new PutScalingPolicyCommand({
        ...place,
        PolicyName: "invocations",
        PolicyType: "TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 10,
          PredefinedMetricSpecification: { PredefinedMetricType: "SageMakerVariantInvocationsPerInstance" },
          ScaleOutCooldown: 60,
          ScaleInCooldown: 300,
        },
      }),
    );
    expect(Alarms).toHaveLength(2);
    expect(await instances()).toBe(1);
    await traffic(4, 25);
    expect(await instances()).toBe(3);
    const { MetricAlarms } = await new CloudWatchClient(cloud.clientConfig()).send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: "TargetTracking-endpoint/churn/variant/AllTraffic-AlarmHigh" }),
    );
    expect(MetricAlarms?.[0]).toMatchObject({ Threshold: 10, EvaluationPeriods: 3, Period: 60, Statistic: "Sum" });
    await traffic(20, 1);
    expect(await instances()).toBe(1);
    await scaling.send(
      new PutScheduledActionCommand({
        ...place,
        ScheduledActionName: "morning",
        Schedule: "cron(0 8 * * ? *)",
        Timezone: "Europe/Berlin",
        ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 4 },
      }),
    );
    await cloud.clock.advance(24 * 60 * minuteMs);
    expect(await instances()).toBe(2);
    const { ScalingActivities = [] } = await scaling.send(new DescribeScalingActivitiesCommand(place));
    expect(ScalingActivities.map(({ Description, StatusCode }) => [Description, StatusCode])).toEqual([
      ["Setting desired instance count to 2.", "Successful"],
      ["Setting desired instance count to 1.", "Successful"],
      ["Setting desired instance count to 3.", "Successful"],
    ]);
    expect(ScalingActivities.at(-1)?.Cause).toMatch(
      /^monitor alarm TargetTracking-.*-AlarmHigh-.* in state ALARM triggered policy invocations$/,
    );
    expect(ScalingActivities[0]?.Cause).toBe("scheduled action name morning was triggered");
  });

  test("burstable instances and unknown variants are refused", async () => {
    await deploy("small", "ml.t2.medium");
    const register = (ResourceId: string) =>
      scaling.send(new RegisterScalableTargetCommand({ ...place, ResourceId, MinCapacity: 1, MaxCapacity: 2 }));
    await expect(register("endpoint/small/variant/AllTraffic")).rejects.toThrow(
      "Autoscaling is not supported for burstable instances",
    );
    await expect(register("endpoint/none/variant/AllTraffic")).rejects.toThrow("No scalable resource found");
  });
});
