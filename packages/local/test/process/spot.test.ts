import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { S3 } from "@aws-sdk/client-s3";
import {
  type CreateTrainingJobCommandInput,
  type DescribeTrainingJobResponse,
  SageMaker,
} from "@aws-sdk/client-sagemaker";
import { type Cloud, openCloud } from "../../src";

/** Spot instances that are taken away, by injected faults: a job goes on from its checkpoint, as often as it happens. */
jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), "sagewright-spot-"));
const bucket = "sagewright-us-east-1-000000000000";
const logGroupName = "/aws/sagemaker/TrainingJobs";
let cloud: Cloud;
let sagemaker: SageMaker;

/** Counts to twenty within four seconds, and keeps each step. */
const script = `
import os, time
path = "/opt/ml/checkpoints/step"
os.makedirs("/opt/ml/checkpoints", exist_ok=True)
step = int(open(path).read()) if os.path.exists(path) else 0
print("begins at", step, flush=True)
while step < 20:
    time.sleep(0.2)
    step += 1
    with open(path + ".new", "w") as file: file.write(str(step))
    os.replace(path + ".new", path)
open("/opt/ml/model/step", "w").write(str(step))
`;

import { removeFolder } from "../support/folder";

beforeAll(async () => {
  cloud = await openCloud({ stateDir: join(folder, "state") });
  sagemaker = new SageMaker(cloud.clientConfig());
  writeFileSync(join(folder, "train.py"), script);
  execFileSync("tar", ["-czf", join(folder, "code.tar.gz"), "-C", folder, "train.py"]);
  const Body = readFileSync(join(folder, "code.tar.gz"));
  await new S3(cloud.clientConfig()).putObject({ Bucket: bucket, Key: "code.tar.gz", Body });
});
afterAll(async () => {
  await cloud.close();
  await removeFolder(folder);
});

async function trained(
  name: string,
  more: Partial<CreateTrainingJobCommandInput> = {},
): Promise<DescribeTrainingJobResponse> {
  await sagemaker.createTrainingJob({
    TrainingJobName: name,
    AlgorithmSpecification: {
      TrainingImage: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
      TrainingInputMode: "File",
    },
    RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
    HyperParameters: { sagemaker_program: "train.py", sagemaker_submit_directory: `s3://${bucket}/code.tar.gz` },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/out` },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 120 },
    CheckpointConfig: { S3Uri: `s3://${bucket}/checkpoints/${name}` },
    ...more,
  });
  for (;;) {
    const job = await sagemaker.describeTrainingJob({ TrainingJobName: name });
    if (job.TrainingJobStatus !== "InProgress") return job;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The steps at which each attempt began. */
async function beginnings(name: string): Promise<number[]> {
  const logs = new CloudWatchLogs(cloud.clientConfig());
  const { logStreams = [] } = await logs.describeLogStreams({ logGroupName, logStreamNamePrefix: `${name}/` });
  const { events = [] } = await logs.getLogEvents({
    logGroupName,
    logStreamName: logStreams[0]?.logStreamName,
    startFromHead: true,
  });
  return events.flatMap(({ message = "" }) => {
    const [, step] = /begins at (\d+)/.exec(message) ?? [];
    return step === undefined ? [] : [Number(step)];
  });
}

const interruptions = ({ SecondaryStatusTransitions: all = [] }: DescribeTrainingJobResponse) =>
  all.filter(({ Status }) => Status === "Interrupted").length;

test("a job that is interrupted twice goes on from what it had saved, and ends whole", async () => {
  await cloud.faults.add({
    service: "sagemaker",
    operation: "CreateTrainingJob",
    count: 2,
    fault: { kind: "spotInterruption", afterSeconds: 1.5 },
  });
  const job = await trained("twice");
  expect([job.TrainingJobStatus, interruptions(job)]).toEqual(["Completed", 2]);
  const steps = await beginnings("twice");
  expect(steps).toHaveLength(3);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  expect([steps[0], (steps[2] ?? 0) > 0]).toEqual([0, true]);
  expect(job.ModelArtifacts?.S3ModelArtifacts).toContain("twice/output/model.tar.gz");
});

test("without checkpoints it begins anew; a job on demand is not interrupted", async () => {
  const rule = {
    service: "sagemaker",
    operation: "CreateTrainingJob",
    count: 1,
    fault: { kind: "spotInterruption" as const, afterSeconds: 1.5 },
  };
  await cloud.faults.add(rule);
  const onDemand = { EnableManagedSpotTraining: false, StoppingCondition: { MaxRuntimeInSeconds: 60 } };
  const [job, steady] = await Promise.all([
    trained("anew", { CheckpointConfig: undefined }),
    trained("steady", onDemand),
  ]);
  expect([job.TrainingJobStatus, interruptions(job), await beginnings("anew")]).toEqual(["Completed", 1, [0, 0]]);
  expect([steady.TrainingJobStatus, interruptions(steady), await beginnings("steady")]).toEqual(["Completed", 0, [0]]);
});
