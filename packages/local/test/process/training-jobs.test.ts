import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from "@aws-sdk/client-sagemaker";
import { packFolder, unpackArchive } from "../../src/jobs/archive";
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

const python = (...lines: string[]): string => lines.join("\n");

/** Uploads a source archive, creates the job, and gives its name. */
async function create(
  files: string | Record<string, string>,
  more: Partial<CreateTrainingJobRequest> = {},
  target: JobsCloud = cloud,
): Promise<string> {
  const name = `job-${++number}`;
  const folder = mkdtempSync(join(tmpdir(), "sagewright-code-"));
  const contents = typeof files === "string" ? { "train.py": files } : files;
  for (const [file, text] of Object.entries(contents)) {
    await mkdir(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  await packFolder(folder, `${folder}.tar.gz`);
  await target.put(`s3://${bucket}/code/${name}/sourcedir.tar.gz`, readFileSync(`${folder}.tar.gz`));
  await target.invoke("sagemaker", "CreateTrainingJob", {
    TrainingJobName: name,
    RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
    AlgorithmSpecification: {
      TrainingImage: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0",
      TrainingInputMode: "File",
      MetricDefinitions: [{ Name: "validation:auc", Regex: "validation:auc=([0-9.]+)" }],
    },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/out` },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    ...more,
    HyperParameters: {
      sagemaker_program: Object.keys(contents)[0] ?? "",
      sagemaker_submit_directory: `s3://${bucket}/code/${name}/sourcedir.tar.gz`,
      ...more.HyperParameters,
    },
  });
  return name;
}

const ended = (name: string, target: JobsCloud = cloud) =>
  target.ended<DescribeTrainingJobResponse>("DescribeTrainingJob", { TrainingJobName: name });

const run = async (files: string | Record<string, string>, more: Partial<CreateTrainingJobRequest> = {}) =>
  ended(await create(files, more));

function logOf(name: string, target: JobsCloud = cloud): string[] {
  const stream = target.logs.read("/aws/sagemaker/TrainingJobs", streamOf(name, target));
  return (stream ?? []).map(({ message }) => message).filter((line) => !line.startsWith("sagewright:"));
}

function streamOf(name: string, target: JobsCloud): string {
  const created = target.store.collection<{ logStream: string }>("training-jobs").get(name);
  return created?.logStream ?? "";
}

const channel = (name: string, uri: string, mode?: "File" | "FastFile") => ({
  ChannelName: name,
  ...(mode ? { InputMode: mode } : {}),
  DataSource: {
    S3DataSource: { S3DataType: "S3Prefix" as const, S3Uri: uri, S3DataDistributionType: "FullyReplicated" as const },
  },
});

test("a script gets its channels, arguments and variables, and leaves a model, outputs and metrics", async () => {
  await cloud.put(`s3://${bucket}/data/train/a.csv`, "1,2\n");
  await cloud.put(`s3://${bucket}/data/train/deep/b.csv`, "3,4\n");
  const script = python(
    "import argparse, os, pathlib",
    "parser = argparse.ArgumentParser(); parser.add_argument('--max_depth', type=int); parser.add_argument('-n', type=int)",
    "args = parser.parse_args()",
    "train = pathlib.Path(os.environ['SM_CHANNEL_TRAIN'])",
    "print(sorted(str(p.relative_to(train)) for p in train.rglob('*.csv')), args.max_depth, args.n, os.getcwd())",
    "print('validation:auc=0.5'); print('validation:auc=0.875', flush=True)",
    "import sys; print('to stderr', file=sys.stderr)",
    "pathlib.Path(os.environ['SM_MODEL_DIR'], 'model.txt').write_text('trained')",
    "pathlib.Path(os.environ['SM_OUTPUT_DATA_DIR'], 'notes.txt').write_text('noted')",
  );
  const job = await run(script, {
    HyperParameters: { max_depth: "8", n: "3" },
    InputDataConfig: [channel("train", `s3://${bucket}/data/train`)],
  });
  const name = job.TrainingJobName ?? "";
  expect(logOf(name)).toEqual([
    "['a.csv', 'deep/b.csv'] 8 3 /opt/ml/code",
    "validation:auc=0.5",
    "validation:auc=0.875",
    "to stderr",
  ]);
  expect(job).toMatchObject({
    TrainingJobStatus: "Completed",
    SecondaryStatus: "Completed",
    TrainingJobArn: `arn:aws:sagemaker:us-east-1:000000000000:training-job/${name}`,
    ModelArtifacts: { S3ModelArtifacts: `s3://${bucket}/out/${name}/output/model.tar.gz` },
    FinalMetricDataList: [{ MetricName: "validation:auc", Value: 0.875 }],
    TrainingTimeInSeconds: 1,
    BillableTimeInSeconds: 1,
  });
  expect(job.SecondaryStatusTransitions?.map(({ Status, StatusMessage }) => `${Status}: ${StatusMessage}`)).toEqual([
    "Starting: Starting the training job",
    "Starting: Preparing the instances for training",
    "Downloading: Downloading input data",
    "Downloading: Downloading the training image",
    "Training: Training image download completed. Training in progress.",
    "Uploading: Uploading generated training model",
    "Completed: Training job completed",
  ]);
  expect(await unpacked(`out/${name}/output/model.tar.gz`, "model.txt")).toBe("trained");
  expect(await unpacked(`out/${name}/output/output.tar.gz`, "notes.txt")).toBe("noted");
});

async function unpacked(key: string, member: string): Promise<string> {
  const found = await cloud.objects.get(bucket, key);
  const folder = mkdtempSync(join(tmpdir(), "sagewright-unpacked-"));
  await unpackArchive(found?.file ?? "", folder);
  return readFileSync(join(folder, member), "utf8");
}

test("equal models are equal archives, whenever they were written", async () => {
  const script = "import os\nopen(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('x' * 500000)";
  const digests: (string | undefined)[] = [];
  for (const second of [false, true]) {
    // Archives hold whole seconds.
    if (second) await new Promise((resolve) => setTimeout(resolve, 1100));
    const job = await run(script);
    const key = job.ModelArtifacts?.S3ModelArtifacts?.replace(`s3://${bucket}/`, "") ?? "";
    digests.push((await cloud.objects.get(bucket, key))?.etag);
  }
  expect(digests[0]).toBeDefined();
  expect(digests[1]).toBe(digests[0]);
});

test("a failing script's reason is the toolkit's text", async () => {
  const job = await run("import sys; sys.exit(3)", { HyperParameters: { a: "1" } });
  expect(job.TrainingJobStatus).toBe("Failed");
  expect(job.FailureReason).toBe(
    'AlgorithmError: ExecuteUserScriptError:\nExitCode 3\nErrorMessage ""\nCommand "python3 train.py -a 1"',
  );
  expect(job.SecondaryStatusTransitions?.at(-1)).toMatchObject({
    Status: "Failed",
    StatusMessage: "Training job failed",
  });
});

test("a failing script's own reason wins, cut at 1,024 characters", async () => {
  const job = await run("open('/opt/ml/output/failure', 'w').write('no rows ' * 200); raise SystemExit(1)");
  expect(job.FailureReason).toBe(`AlgorithmError: ${"no rows ".repeat(200)}`.slice(0, 1024));
});

test("a killed script shows the signal", async () => {
  const job = await run("import os; os.kill(os.getpid(), 9)");
  expect(job.FailureReason).toContain("ExitCode -9");
});

test("an entry point of the request's own runs without toolkit, and its exit code is the reason", async () => {
  const job = await run("", {
    AlgorithmSpecification: {
      TrainingImage: "sagemaker-scikit-learn:1.9-0",
      TrainingInputMode: "File",
      ContainerEntrypoint: ["/bin/bash", "-c"],
      ContainerArguments: ["echo $TRAINING_JOB_NAME $SM_HP_A; ls /opt/ml/code | wc -l; exit 4"],
    },
    HyperParameters: { a: "1" },
  });
  expect(job.FailureReason).toBe("AlgorithmError: Exit Code: 4");
  expect(logOf(job.TrainingJobName ?? "")).toEqual([job.TrainingJobName, "0"]);
});

test("a stopped job keeps what it saved", async () => {
  const script = python(
    "import os, signal, sys, time",
    "def leave(*_):",
    "    open('/opt/ml/model/m', 'w').write('half'); sys.exit(0)",
    "signal.signal(signal.SIGTERM, leave)",
    "print('ready', flush=True)",
    "time.sleep(60)",
  );
  const name = await create(script);
  await cloud.reached(name, "Training");
  while (!logOf(name).includes("ready")) await new Promise((resolve) => setTimeout(resolve, 10));
  await cloud.invoke("sagemaker", "StopTrainingJob", { TrainingJobName: name });
  const job = await ended(name);
  expect(job).toMatchObject({ TrainingJobStatus: "Stopped", SecondaryStatus: "Stopped" });
  expect(await unpacked(`out/${name}/output/model.tar.gz`, "m")).toBe("half");
  await expect(cloud.invoke("sagemaker", "StopTrainingJob", { TrainingJobName: name })).rejects.toMatchObject({
    code: "ValidationException",
    message: "The request was rejected because the training job is in status Stopped.",
  });
});

test("MaxRuntime stops the job", async () => {
  const job = await run("import time; time.sleep(60)", { StoppingCondition: { MaxRuntimeInSeconds: 1 } });
  expect(job).toMatchObject({ TrainingJobStatus: "Stopped", SecondaryStatus: "MaxRuntimeExceeded" });
});

test("a spot job that loses its instance goes on from its checkpoint", async () => {
  const folder = newStateDir();
  const spot = openJobs(folder, { interruptAfterSeconds: (_, attempt) => (attempt === 1 ? 2 : undefined) });
  try {
    const script = python(
      "import os, time",
      "path = '/opt/ml/checkpoints/step'",
      "if os.path.exists(path):",
      "    print('resumed from', open(path).read())",
      "else:",
      "    open(path, 'w').write('7'); print('first', flush=True); time.sleep(60)",
    );
    const name = await create(
      script,
      {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 120 },
        CheckpointConfig: { S3Uri: `s3://${bucket}/checkpoints/p/s` },
      },
      spot,
    );
    const job = await ended(name, spot);
    expect(job.TrainingJobStatus).toBe("Completed");
    expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status)).toContain("Interrupted");
    expect(logOf(name, spot)).toEqual(["first", "resumed from 7"]);
    expect(await spot.text(`s3://${bucket}/checkpoints/p/s/step`)).toBe("7");
  } finally {
    await spot.close();
    await removeFolder(folder);
  }
});

test("a lazy channel is read-only and an ordinary one is the job's own copy", async () => {
  await cloud.put(`s3://${bucket}/lazy/a.csv`, "kept");
  const script = python(
    "import os",
    "try:",
    "    open('/opt/ml/input/data/lazy/a.csv', 'w')",
    "except OSError as error: print(error.strerror)",
    "open('/opt/ml/input/data/own/a.csv', 'w').write('changed')",
    "print(open('/opt/ml/input/data/lazy/a.csv').read())",
  );
  const job = await run(script, {
    InputDataConfig: [channel("lazy", `s3://${bucket}/lazy/`, "FastFile"), channel("own", `s3://${bucket}/lazy/`)],
  });
  expect(logOf(job.TrainingJobName ?? "")).toEqual(["Read-only file system", "kept"]);
  expect(await cloud.text(`s3://${bucket}/lazy/a.csv`)).toBe("kept");
});

test("a symbolic link in the model is refused by name", async () => {
  const job = await run("import os; os.symlink('/etc/hostname', '/opt/ml/model/link')");
  expect(job.FailureReason).toBe(
    "ClientError: link is a symbolic link; only files and folders can be uploaded. Write a copy instead.",
  );
});

test("what cannot work is refused at creation", async () => {
  await expect(create("", { InputDataConfig: [channel("train", `s3://${bucket}/nothing/`)] })).rejects.toThrow(
    `No S3 objects found under S3 URL "s3://${bucket}/nothing/" given in input data source.`,
  );
  await expect(
    create("", { AlgorithmSpecification: { TrainingImage: "my-own:latest", TrainingInputMode: "File" } }),
  ).rejects.toThrow('The image "my-own:latest" cannot be run without Docker.');
  const name = (await run("")).TrainingJobName ?? "";
  number--;
  await expect(create("")).rejects.toMatchObject({ code: "ResourceInUse", message: expect.stringContaining(name) });
  await expect(cloud.invoke("sagemaker", "DescribeTrainingJob", { TrainingJobName: "none" })).rejects.toMatchObject({
    code: "ValidationException",
    message: "Requested resource not found.",
  });
});

test("lists the newest first and deletes what has ended", async () => {
  const name = (await run("")).TrainingJobName ?? "";
  const page = await cloud.invoke<{ TrainingJobSummaries: { TrainingJobName: string }[]; NextToken?: string }>(
    "sagemaker",
    "ListTrainingJobs",
    { MaxResults: 1 },
  );
  expect(page.TrainingJobSummaries.map(({ TrainingJobName }) => TrainingJobName)).toEqual([name]);
  expect(page.NextToken).toBeDefined();
  await cloud.invoke("sagemaker", "DeleteTrainingJob", { TrainingJobName: name });
  await expect(cloud.invoke("sagemaker", "DescribeTrainingJob", { TrainingJobName: name })).rejects.toThrow(
    "Requested resource not found.",
  );
});

describe("requirements.txt", () => {
  const cache = process.env.SAGEWRIGHT_CACHE;
  const index = process.env.PIP_INDEX_URL;
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sagewright-layers-"));
    process.env.SAGEWRIGHT_CACHE = folder;
    process.env.PIP_INDEX_URL = "http://127.0.0.1:9/";
    process.env.PIP_RETRIES = "1";
  });

  afterAll(async () => {
    if (cache === undefined) delete process.env.SAGEWRIGHT_CACHE;
    else process.env.SAGEWRIGHT_CACHE = cache;
    if (index === undefined) delete process.env.PIP_INDEX_URL;
    else process.env.PIP_INDEX_URL = index;
    delete process.env.PIP_RETRIES;
    await removeFolder(folder);
  });

  test("packages come as a layer over the image, which stays as it is", async () => {
    const source = "own-package";
    const files = {
      "train.py":
        "import joblib, extra_package; print(extra_package.answer, extra_package.__file__.startswith('/opt'))",
      "requirements.txt": `numpy\n./${source}\n`,
      [`${source}/pyproject.toml`]: '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
      [`${source}/backend.py`]: python(
        "import zipfile",
        "NAME = 'extra_package-1.0-py3-none-any.whl'",
        "def build_wheel(folder, settings=None, metadata=None):",
        "    with zipfile.ZipFile(f'{folder}/{NAME}', 'w') as wheel:",
        "        wheel.writestr('extra_package.py', 'answer = 42')",
        "        wheel.writestr('extra_package-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: extra-package\\nVersion: 1.0\\n')",
        "        wheel.writestr('extra_package-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')",
        "        wheel.writestr('extra_package-1.0.dist-info/RECORD', '')",
        "    return NAME",
      ),
    };
    const job = await run(files);
    expect(job.FailureReason).toBeUndefined();
    expect(logOf(job.TrainingJobName ?? "").at(-1)).toBe("42 False");
    const without = await run("import extra_package");
    expect(logOf(without.TrainingJobName ?? "").at(-1)).toBe("ModuleNotFoundError: No module named 'extra_package'");
  });

  test("what cannot be fetched is the job's failure, with a remedy", async () => {
    const job = await run({ "train.py": "", "requirements.txt": "no-such-package-here==1\n" });
    expect(job.TrainingJobStatus).toBe("Failed");
    expect(job.FailureReason).toMatch(/^AlgorithmError: InstallRequirementsError:\nExitCode 1\n/);
    expect(job.FailureReason).toContain("The package index cannot be reached; connect to the network");
  });
});
