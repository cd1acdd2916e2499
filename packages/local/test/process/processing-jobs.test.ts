import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CreateProcessingJobRequest, DescribeProcessingJobResponse } from "@aws-sdk/client-sagemaker";
import { until } from "../../../../test/support/until";
import { packFolder } from "../../src/jobs/archive";
import { type JobsCloud, newStateDir, openJobs } from "../support/cloud-harness";
import { removeFolder } from "../support/folder";

const bucket = "sagewright-us-east-1-000000000000";
let cloud: JobsCloud;
let stateDir: string;
let number = 0;

beforeAll(() => {
  stateDir = newStateDir();
  cloud = openJobs(stateDir);
  cloud.runtime.warm("1.9-0");
});

afterAll(async () => {
  await cloud.close();
  await removeFolder(stateDir);
});

const input = (InputName: string, uri: string, type: "S3Prefix" | "ManifestFile" = "S3Prefix") => ({
  InputName,
  S3Input: {
    S3Uri: uri,
    LocalPath: `/opt/ml/processing/input/${InputName}`,
    S3DataType: type,
    S3InputMode: "File" as const,
  },
});

const output = (OutputName: string, uri: string, mode: "EndOfJob" | "Continuous" = "EndOfJob") => ({
  OutputName,
  S3Output: { S3Uri: uri, LocalPath: `/opt/ml/processing/output/${OutputName}`, S3UploadMode: mode },
});

async function create(
  script: string,
  more: Partial<CreateProcessingJobRequest> = {},
  args: string[] = [],
): Promise<string> {
  const name = `processing-${++number}`;
  await cloud.put(`s3://${bucket}/code/${name}/script.py`, script);
  await cloud.invoke("sagemaker", "CreateProcessingJob", {
    ProcessingJobName: name,
    RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
    AppSpecification: {
      ImageUri: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0",
      ContainerEntrypoint: ["python3", "/opt/ml/processing/input/code/script.py"],
      ...(args.length > 0 ? { ContainerArguments: args } : {}),
    },
    ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: "ml.m5.large", VolumeSizeInGB: 1 } },
    ...more,
    ProcessingInputs: [input("code", `s3://${bucket}/code/${name}/script.py`), ...(more.ProcessingInputs ?? [])],
  });
  return name;
}

const ended = (name: string) =>
  cloud.ended<DescribeProcessingJobResponse>("DescribeProcessingJob", { ProcessingJobName: name });

const run = async (script: string, more: Partial<CreateProcessingJobRequest> = {}, args: string[] = []) =>
  ended(await create(script, more, args));

function logOf(name: string): string[] {
  const { logStream } = cloud.store.collection<{ logStream: string }>("processing-jobs").get(name) ?? { logStream: "" };
  const lines = cloud.logs.read("/aws/sagemaker/ProcessingJobs", logStream) ?? [];
  return lines.map(({ message }) => message).filter((line) => !line.startsWith("sagewright:"));
}

test("a script reads its inputs, gets its arguments verbatim, and its outputs are objects", async () => {
  await cloud.put(`s3://${bucket}/data/x.csv`, "1\n2\n");
  const script = [
    "import os, sys, shutil",
    "print(sys.argv[1:], os.getcwd(), sorted(k for k in os.environ if k.startswith('SM_HP')))",
    "shutil.copy('/opt/ml/processing/input/data/x.csv', '/opt/ml/processing/output/clean/x.csv')",
    "os.makedirs('/opt/ml/processing/output/clean/deep'); open('/opt/ml/processing/output/clean/deep/y', 'w').write('y')",
    "os.symlink('/etc/hostname', '/opt/ml/processing/output/clean/link')",
    "open('/opt/ml/output/message', 'w').write('2 rows')",
  ].join("\n");
  const more = {
    ProcessingInputs: [input("data", `s3://${bucket}/data/x.csv`)],
    ProcessingOutputConfig: { Outputs: [output("clean", `s3://${bucket}/runs/1/clean`)] },
    Environment: { MODE: "test" },
  };
  const job = await run(script, more, ["--a", "it's $HOME", ""]);
  expect(logOf(job.ProcessingJobName ?? "")).toEqual(["['--a', \"it's $HOME\", ''] / []"]);
  expect(job).toMatchObject({ ProcessingJobStatus: "Completed", ExitMessage: "2 rows", Environment: { MODE: "test" } });
  expect((await cloud.objects.list(bucket, "runs/1/")).map(({ key }) => key)).toEqual([
    "runs/1/clean/deep/y",
    "runs/1/clean/x.csv",
  ]);
  expect(await cloud.text(`s3://${bucket}/runs/1/clean/x.csv`)).toBe("1\n2\n");
});

test("the configuration file is AWS's", async () => {
  const script =
    "print(open('/opt/ml/config/processingjobconfig.json').read())\nprint(open('/opt/ml/config/resourceconfig.json').read())";
  const name = (await run(script)).ProcessingJobName ?? "";
  const [config, resource] = logOf(name).map((line) => JSON.parse(line));
  expect(config).toMatchObject({
    ProcessingJobArn: `arn:aws:sagemaker:us-east-1:000000000000:processing-job/${name}`,
    ProcessingJobName: name,
    AppSpecification: { ContainerEntrypoint: ["python3", "/opt/ml/processing/input/code/script.py"] },
    ProcessingInputs: [{ InputName: "code" }],
    ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: "ml.m5.large", VolumeSizeInGB: 1 } },
    RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
    StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
  });
  expect(resource).toMatchObject({ current_host: "algo-1", hosts: ["algo-1"] });
});

test("a failure carries the exit message and uploads nothing", async () => {
  const script = [
    "open('/opt/ml/output/message', 'w').write('column churn is missing')",
    "open('/opt/ml/processing/output/clean/half', 'w').write('x')",
    "raise SystemExit(2)",
  ].join("\n");
  const job = await run(script, {
    ProcessingOutputConfig: { Outputs: [output("clean", `s3://${bucket}/runs/2/clean`)] },
  });
  expect(job).toMatchObject({
    ProcessingJobStatus: "Failed",
    ExitMessage: "column churn is missing",
    FailureReason: "AlgorithmError: column churn is missing",
  });
  expect(await cloud.objects.list(bucket, "runs/2/")).toEqual([]);
});

test("a failure without a message names the exit code; a message that is no text fails the job", async () => {
  expect(await run("raise SystemExit(2)")).toMatchObject({ FailureReason: "AlgorithmError: Exit Code: 2" });
  const job = await run("open('/opt/ml/output/message', 'wb').write(bytes([255, 254]))");
  expect(job).toMatchObject({
    ProcessingJobStatus: "Failed",
    FailureReason: "ClientError: /opt/ml/output/message is not UTF-8. Write the exit message as UTF-8 text.",
  });
});

test("a message of more than a kilobyte is cut, between characters", async () => {
  const job = await run("open('/opt/ml/output/message', 'w').write('x' + 'é' * 600)");
  expect(job).toMatchObject({ ProcessingJobStatus: "Completed", ExitMessage: `x${"é".repeat(511)}` });
});

test("a missing input fails the job by name", async () => {
  const job = await run("", { ProcessingInputs: [input("data", `s3://${bucket}/no/such`)] });
  expect(job).toMatchObject({
    ProcessingJobStatus: "Failed",
    FailureReason: `ClientError: No S3 objects found under S3 URL "s3://${bucket}/no/such" given in input data source.`,
  });
});

test("a manifest brings the files it lists", async () => {
  await cloud.put(
    `s3://${bucket}/m/manifest.json`,
    JSON.stringify([{ prefix: `s3://${bucket}/m/` }, "a/1.csv", "b.csv"]),
  );
  for (const key of ["a/1.csv", "b.csv", "c.csv"]) await cloud.put(`s3://${bucket}/m/${key}`, key);
  const script =
    "import pathlib\nfor p in sorted(pathlib.Path('/opt/ml/processing/input/data').rglob('*.csv')): print(p, p.read_text())";
  const job = await run(script, {
    ProcessingInputs: [input("data", `s3://${bucket}/m/manifest.json`, "ManifestFile")],
  });
  expect(logOf(job.ProcessingJobName ?? "")).toEqual([
    "/opt/ml/processing/input/data/a/1.csv a/1.csv",
    "/opt/ml/processing/input/data/b.csv b.csv",
  ]);
});

test("a continuous output is there before the job ends", async () => {
  const script = [
    "import time, pathlib",
    "pathlib.Path('/opt/ml/processing/output/live/first').write_text('1')",
    "while not pathlib.Path('/tmp/go').exists(): time.sleep(0.02)",
  ].join("\n");
  const outputs = { Outputs: [output("live", `s3://${bucket}/runs/live`, "Continuous")] };
  const name = await create(script, { ProcessingOutputConfig: outputs });
  await until(async () => (await cloud.text(`s3://${bucket}/runs/live/first`)) === "1");
  expect(await cloud.invoke("sagemaker", "DescribeProcessingJob", { ProcessingJobName: name })).toMatchObject({
    ProcessingJobStatus: "InProgress",
  });
  writeFileSync(cloud.store.path("jobs", "processing", name, "tmp", "go"), "");
  expect(await ended(name)).toMatchObject({ ProcessingJobStatus: "Completed" });
});

test("the framework processor's shell driver finds its tools", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-framework-"));
  writeFileSync(join(folder, "main.py"), "import sys; print('main', sys.argv[1:])");
  await packFolder(folder, `${folder}.tar.gz`);
  await cloud.put(`s3://${bucket}/fw/code/sourcedir.tar.gz`, readFileSync(`${folder}.tar.gz`));
  const driver = [
    "#!/bin/bash",
    "cd /opt/ml/processing/input/code/",
    "tar -xzf sourcedir.tar.gz",
    "set -e",
    'if [[ -f "requirements.txt" ]]; then pip install -r requirements.txt; fi',
    'python main.py "$@"',
  ].join("\n");
  await cloud.put(`s3://${bucket}/fw/runproc.sh`, driver);
  await cloud.invoke("sagemaker", "CreateProcessingJob", {
    ProcessingJobName: "framework",
    RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
    AppSpecification: {
      ImageUri: "sagemaker-scikit-learn:1.9-0",
      ContainerEntrypoint: ["/bin/bash", "/opt/ml/processing/input/entrypoint/runproc.sh"],
      ContainerArguments: ["--x", "a b"],
    },
    ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: "ml.m5.large", VolumeSizeInGB: 1 } },
    ProcessingInputs: [
      input("code", `s3://${bucket}/fw/code/sourcedir.tar.gz`),
      input("entrypoint", `s3://${bucket}/fw/runproc.sh`),
    ],
  });
  expect(await ended("framework")).toMatchObject({ ProcessingJobStatus: "Completed" });
  expect(logOf("framework")).toEqual(["main ['--x', 'a b']"]);
});

test("stopping ends it as Stopped", async () => {
  const name = await create("import time; time.sleep(60)");
  await cloud.invoke("sagemaker", "StopProcessingJob", { ProcessingJobName: name });
  expect(await ended(name)).toMatchObject({ ProcessingJobStatus: "Stopped" });
});

test("what cannot work is refused at creation", async () => {
  await expect(
    create("", { AppSpecification: { ImageUri: "sagemaker-scikit-learn:0.20.0-cpu-py3", ContainerEntrypoint: ["x"] } }),
  ).rejects.toThrow("The embedded cloud stands in for sagemaker-scikit-learn with the tags 1.9-0, 1.4-2, 1.2-1.");
  await expect(cloud.invoke("sagemaker", "DescribeProcessingJob", { ProcessingJobName: "none" })).rejects.toMatchObject(
    { code: "ValidationException", message: "Could not find requested job with name: none" },
  );
});
