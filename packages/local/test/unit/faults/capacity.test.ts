import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  StopTrainingJobCommand,
} from "@aws-sdk/client-sagemaker";
import { type Cloud, openCloud } from "../../../src";
import { folderPerTest } from "../../support/folder";

let cloud: Cloud;
let sagemaker: SageMakerClient;
afterEach(() => cloud.close());
const folder = folderPerTest();

beforeEach(async () => {
  cloud = await openCloud({ stateDir: folder.path, clock: "manual", startAt: new Date("2027-01-01T00:00:00Z") });
  sagemaker = new SageMakerClient(cloud.clientConfig());
  await cloud.faults.add({
    operation: "CreateTrainingJob",
    fault: { kind: "capacity", instanceType: "ml.m5.large" },
  });
});

async function train(name: string, spot: boolean): Promise<void> {
  await sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: name,
      RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
      AlgorithmSpecification: {
        TrainingImage: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
        TrainingInputMode: "File",
      },
      OutputDataConfig: { S3OutputPath: "s3://sagewright-us-east-1-000000000000/models" },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 600, ...(spot && { MaxWaitTimeInSeconds: 3600 }) },
      EnableManagedSpotTraining: spot,
    }),
  );
}
const describeJob = (TrainingJobName: string) => sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName }));

test("a job on demand fails when its instances cannot be had", async () => {
  await train("on-demand", false);
  await cloud.clock.advance(0);
  expect(await describeJob("on-demand")).toMatchObject({
    TrainingJobStatus: "Failed",
    FailureReason:
      "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.",
  });
});

test("what is missing on spot only is there on demand, and the other way round", async () => {
  await cloud.faults.clear();
  await cloud.faults.add({ operation: "CreateTrainingJob", fault: { kind: "capacity", spot: false } });
  await train("spot", true);
  await train("on-demand", false);
  await cloud.clock.advance(0);
  expect((await describeJob("on-demand")).FailureReason).toContain("CapacityError");
  expect((await describeJob("spot")).SecondaryStatus).not.toBe("Starting");
  await cloud.faults.clear();
  await cloud.faults.add({ operation: "CreateTrainingJob", fault: { kind: "capacity", spot: true } });
  await train("other-spot", true);
  await train("other-on-demand", false);
  await cloud.clock.advance(0);
  expect(await describeJob("other-spot")).toMatchObject({ SecondaryStatus: "Starting" });
  expect((await describeJob("other-on-demand")).FailureReason ?? "").not.toContain("CapacityError");
});

test("a spot job waits until its wait time is used up", async () => {
  await train("spot", true);
  await cloud.clock.advance(3_599_000);
  expect(await describeJob("spot")).toMatchObject({ TrainingJobStatus: "InProgress", SecondaryStatus: "Starting" });
  await cloud.clock.advance(1000);
  const ended = await describeJob("spot");
  expect(ended).toMatchObject({ TrainingJobStatus: "Stopped", SecondaryStatus: "MaxWaitTimeExceeded" });
  expect(ended.TrainingEndTime?.toISOString()).toBe("2027-01-01T01:00:00.000Z");
});

test("a waiting spot job can be stopped", async () => {
  await train("spot", true);
  await cloud.clock.advance(60_000);
  await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: "spot" }));
  await cloud.clock.advance(0);
  expect((await describeJob("spot")).TrainingJobStatus).toBe("Stopped");
});
