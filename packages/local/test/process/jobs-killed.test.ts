import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from "@aws-sdk/client-sagemaker";
import { until } from "../../../../test/support/until";
import { packFolder } from "../../src/jobs/archive";
import { newStateDir, openJobs } from "../support/cloud-harness";
import { removeFolder } from "../support/folder";

const bucket = "sagewright-us-east-1-000000000000";

async function prepare(stateDir: string, name: string, script: string): Promise<CreateTrainingJobRequest> {
  const source = mkdtempSync(join(tmpdir(), "sagewright-code-"));
  writeFileSync(join(source, "train.py"), script);
  await packFolder(source, `${source}.tar.gz`);
  const cloud = openJobs(stateDir);
  await cloud.put(`s3://${bucket}/code/s.tar.gz`, readFileSync(`${source}.tar.gz`));
  await cloud.close();
  return {
    TrainingJobName: name,
    RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
    AlgorithmSpecification: { TrainingImage: "sagemaker-scikit-learn:1.9-0", TrainingInputMode: "File" },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/out` },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    HyperParameters: { sagemaker_program: "train.py", sagemaker_submit_directory: `s3://${bucket}/code/s.tar.gz` },
  };
}

/** Starts the other process, and kills it when, after it has made the job, `comes` has come. */
async function killAfter(stateDir: string, request: CreateTrainingJobRequest, comes: () => Promise<unknown>) {
  const program = [join(__dirname, "../support/register-typescript.cjs"), join(__dirname, "jobs-process.ts")];
  const child = spawn(process.execPath, ["-r", ...program, stateDir, JSON.stringify(request)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  for await (const line of createInterface({ input: child.stdout })) if (line === "created") break;
  await comes();
  child.kill("SIGKILL");
  await gone;
}

/** Command lines of processes that mention the folder. */
const processesOf = (folder: string): string[] =>
  execFileSync("ps", ["ax", "-o", "command="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(folder));

function isAlive(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

test("kill -9 of the cloud's process leaves no process behind, and the job is run again under its name", async () => {
  const stateDir = newStateDir();
  const script = [
    "import os, subprocess, sys, time",
    "child = subprocess.Popen(['sleep', '600'])",
    "open('/opt/ml/model/partial', 'w').write('partial') if not os.path.exists('/opt/ml/checkpoints/ran') else None",
    "if not os.path.exists('/opt/ml/checkpoints/ran'):",
    "    open('/opt/ml/checkpoints/ran', 'w').write('once'); print('pids', os.getpid(), child.pid); time.sleep(600)",
    "child.kill()",
    "open('/opt/ml/model/whole', 'w').write('whole')",
  ].join("\n");
  const request = {
    ...(await prepare(stateDir, "interrupted", script)),
    CheckpointConfig: { S3Uri: `s3://${bucket}/checkpoints/i` },
  };
  const log = join(stateDir, "jobs", "training", "interrupted", "log.txt");
  const pidsIn = () => (existsSync(log) ? (/pids (\d+) (\d+)\n/.exec(readFileSync(log, "utf8"))?.slice(1) ?? []) : []);
  const saved = join(stateDir, "objects", bucket, "checkpoints/i/ran");
  await killAfter(stateDir, request, () => until(() => pidsIn().length === 2 && existsSync(saved)));
  const pids = pidsIn();
  await until(() => !pids.some(isAlive) && processesOf(stateDir).length === 0);

  const cloud = openJobs(stateDir);
  try {
    expect(await cloud.invoke("sagemaker", "DescribeTrainingJob", { TrainingJobName: "interrupted" })).toMatchObject({
      TrainingJobStatus: "InProgress",
    });
    await cloud.recover();
    const job = await cloud.ended<DescribeTrainingJobResponse>("DescribeTrainingJob", {
      TrainingJobName: "interrupted",
    });
    expect(job).toMatchObject({ TrainingJobStatus: "Completed" });
    expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status)).toContain("Restarting");
    expect(job.SecondaryStatusTransitions?.every(({ EndTime }) => EndTime !== undefined)).toBe(true);
    expect(await cloud.objects.get(bucket, "out/interrupted/output/model.tar.gz")).toBeDefined();
  } finally {
    await cloud.close();
    await removeFolder(stateDir);
  }
});

test("killed at any moment, a job ends with the same model as one that was left alone", async () => {
  const stateDir = newStateDir();
  const script = [
    "import os, time, json",
    "for n in range(5): open(f'/opt/ml/model/{n}', 'w').write(str(n) * 1000); time.sleep(0.01)",
  ].join("\n");
  const request = await prepare(stateDir, "alone", script);
  const etags = new Set<string | undefined>();
  for (const [name, afterMs] of [
    ["alone", undefined],
    ["early", 2],
    ["late", 85],
  ] as const) {
    const named = { ...request, TrainingJobName: name };
    if (afterMs !== undefined) await killAfter(stateDir, named, () => setTimeout(afterMs));
    const cloud = openJobs(stateDir);
    await cloud.recover();
    if (afterMs === undefined) await cloud.invoke("sagemaker", "CreateTrainingJob", named);
    const job = await cloud.ended<DescribeTrainingJobResponse>("DescribeTrainingJob", { TrainingJobName: name });
    expect(job.TrainingJobStatus).toBe("Completed");
    etags.add((await cloud.objects.get(bucket, `out/${name}/output/model.tar.gz`))?.etag);
    await cloud.close();
  }
  expect([...etags]).toEqual([expect.any(String)]);
  await removeFolder(stateDir);
});

test("closing the cloud ends its jobs at once, and they go on when it is opened again", async () => {
  const stateDir = newStateDir();
  const script =
    "import os, time\nif not os.path.exists('/opt/ml/checkpoints/x'):\n    open('/opt/ml/checkpoints/x', 'w').close(); time.sleep(600)";
  const request = {
    ...(await prepare(stateDir, "closed", script)),
    CheckpointConfig: { S3Uri: `s3://${bucket}/checkpoints/c` },
  };
  const first = openJobs(stateDir);
  await first.invoke("sagemaker", "CreateTrainingJob", request);
  await first.reached("closed", "Training");
  await until(async () => (await first.text(`s3://${bucket}/checkpoints/c/x`)) !== undefined);
  await first.close();
  await until(() => processesOf(stateDir).length === 0);
  const second = openJobs(stateDir);
  await second.recover();
  expect(
    await second.ended<DescribeTrainingJobResponse>("DescribeTrainingJob", { TrainingJobName: "closed" }),
  ).toMatchObject({ TrainingJobStatus: "Completed" });
  await second.close();
  await removeFolder(stateDir);
});
