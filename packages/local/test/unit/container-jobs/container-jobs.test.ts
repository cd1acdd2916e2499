import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../../../test/support/until";
import { systemClock } from "../../../src/clock";
import { createEventBus } from "../../../src/event-bus";
import type { RoomDeps } from "../../../src/room";
import {
  ContainerJobs,
  type JobRecord,
  type JobRun,
} from "../../../src/services/sagemaker/container-jobs/container-jobs";

/** The life of container jobs, with records that can refuse to be written and runs that end when told. */
interface Job extends JobRecord {
  readonly reason?: string;
}
interface End {
  readonly status: string;
  readonly reason?: string;
}

const folder = mkdtempSync(join(tmpdir(), "sagewright-container-jobs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fresh = (name: string, status = "InProgress"): Job => ({
  name,
  arn: `arn:${name}`,
  status,
  creationTime: 0,
  lastModifiedTime: 0,
  logStream: name,
});

function house(kept: Map<string, Job> = new Map()) {
  const heard: string[] = [];
  const disk = { full: false };
  const runs = new Map<string, (ending: End | Error) => void>();
  const records = {
    get: (key: string) => kept.get(key),
    has: (key: string) => kept.has(key),
    values: () => [...kept.values()],
    delete: async (key: string) => void kept.delete(key),
    put: async (key: string, value: Job) => {
      if (disk.full) throw new Error("ENOSPC: no space left on device");
      kept.set(key, value);
    },
  };
  const deps = {
    store: { collection: () => records, path: (...parts: string[]) => join(folder, ...parts) },
    logs: { registerFile: async () => undefined },
    bus: createEventBus(() => undefined),
    clock: systemClock,
  } as unknown as RoomDeps;
  deps.bus.subscribe(({ detail }) =>
    heard.push(`${detail.name} ${detail.status}${detail.reason ? `: ${detail.reason}` : ""}`),
  );
  const start = (record: Job): JobRun<Job, End> => {
    let abandoned = false;
    const run = () =>
      new Promise<{ record: Job; ending: End }>((resolve, reject) => {
        const finish = (ending: End | Error) =>
          ending instanceof Error ? reject(ending) : resolve({ record, ending });
        runs.set(record.name, finish);
        if (abandoned) finish({ status: "Failed" });
      });
    const abandon = () => {
      abandoned = true;
      runs.get(record.name)?.({ status: "Failed" });
    };
    return { record, run, stop: () => undefined, abandon };
  };
  const jobs = new ContainerJobs<Job, End, JobRun<Job, End>>(deps, {
    noun: "training job",
    collection: "jobs",
    folder: "jobs",
    logGroup: "/jobs",
    notFound: (name) => `no ${name}`,
    start,
    end: (record, ending) => ({ ...record, ...ending }),
    event: (job) => ({
      source: "aws.sagemaker",
      detailType: "Job",
      time: new Date(0),
      resources: [],
      detail: { ...job },
    }),
    failed: (reason) => ({ status: "Failed", reason }),
    stopped: { status: "Stopped" },
  });
  const end = async (name: string, ending: End | Error) => {
    await until(() => runs.has(name));
    runs.get(name)?.(ending);
  };
  return { jobs, kept, heard, disk, runs, end };
}

test("a job's end is on disk before anyone hears of it", async () => {
  const { jobs, kept, heard, end } = house();
  await jobs.create(fresh("a"));
  await end("a", { status: "Completed" });
  await until(() => heard.length === 2);
  expect(heard).toEqual(["a InProgress", "a Completed"]);
  expect(kept.get("a")?.status).toBe("Completed");
});

test("an end that cannot be written is heard of as a failure, and the job is still in progress on disk", async () => {
  const { jobs, kept, heard, disk, end } = house();
  await jobs.create(fresh("a"));
  disk.full = true;
  await end("a", { status: "Completed" });
  await until(() => heard.length === 2);
  expect(heard[1]).toMatch(/^a Failed: InternalServerError: .*ENOSPC/);
  expect(kept.get("a")?.status).toBe("InProgress");
});

test("a run that breaks ends as failed with the reason", async () => {
  const { jobs, kept, end } = house();
  await jobs.create(fresh("a"));
  await end("a", new Error("the runtime is gone"));
  await until(() => kept.get("a")?.status === "Failed");
  expect(kept.get("a")?.reason).toContain("the runtime is gone");
});

test("after a crash a job runs again, one that was being stopped is stopped, and an ended one stays", async () => {
  const { jobs, kept, heard, runs } = house(
    new Map([fresh("runs"), fresh("stops", "Stopping"), fresh("done", "Completed")].map((job) => [job.name, job])),
  );
  await jobs.recover((record) => record);
  await until(() => runs.has("runs"));
  expect([...runs.keys()]).toEqual(["runs"]);
  expect(heard).toEqual(["stops Stopped"]);
  expect(kept.get("done")?.status).toBe("Completed");
  await jobs.close();
  expect(kept.get("runs")?.status).toBe("InProgress");
});

test("names are taken once, and a running job is not deleted", async () => {
  const { jobs } = house();
  await jobs.create(fresh("a"));
  expect(() => jobs.refuseTaken("a", "arn:a")).toThrow(
    "Training job names must be unique within an AWS account and region, and a training job with this name already exists (arn:a)",
  );
  await expect(jobs.delete("a")).rejects.toThrow(
    "The request was rejected because the training job is in status InProgress.",
  );
  expect(() => jobs.get("b")).toThrow("no b");
  await jobs.close();
});
