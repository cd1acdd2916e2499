import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock";
import { ServiceError } from "../../src/errors";
import { createEventBus, type EventBus } from "../../src/event-bus";
import type { Invoke } from "../../src/invoke";
import type { Room, RoomDeps } from "../../src/room";
import type { OperationTable } from "../../src/service";
import { openAlarmBook } from "../../src/services/cloudwatch/alarms/alarm-book";
import { openMetricStore } from "../../src/services/cloudwatch/metrics/metric-store";
import type { Objects } from "../../src/services/s3/objects";
import { type PipelinesRoom, pipelinesRoom } from "../../src/services/sagemaker/pipelines/pipelines-room";
import { registryRoom } from "../../src/services/sagemaker/registry/registry-room";
import type { DurableFiles } from "../../src/state/atomic-file";
import { openStore, type Store } from "../../src/state/store";
import { removeFolder } from "./folder";
import { noFaults } from "./no-faults";

/** What a fake job does. */
export interface FakeJob {
  readonly milliseconds?: number;
  readonly outcome?: "Completed" | "Failed" | "Stopped";
  readonly failureReason?: string;
  /** Files written to S3, by URI. */
  readonly writes?: Record<string, string>;
  /** Never ends by itself. */
  readonly forever?: true;
}

/** A cloud whose rooms for pipelines and the registry are real, over real files, and whose jobs are not. */
export interface FakeCloud {
  readonly deps: RoomDeps;
  readonly store: Store;
  readonly bus: EventBus;
  readonly pipelines: PipelinesRoom;
  readonly invoke: Invoke;
  /** Requests by operation name, in order. */
  readonly requests: { operation: string; input: Record<string, unknown> }[];
  readonly objects: Map<string, string>;
  close(): Promise<void>;
}

/** Fake processing and training jobs, as an operation table over records that survive the process. */
function fakeJobs(
  deps: RoomDeps,
  behave: (input: Record<string, unknown>, operation: string) => FakeJob,
  write: (uri: string, text: string) => void,
): Room {
  const operations: OperationTable = {};
  const recoveries: (() => void)[] = [];
  for (const [noun, detailType] of [
    ["ProcessingJob", "SageMaker Processing Job State Change"],
    ["TrainingJob", "SageMaker Training Job State Change"],
    ["TransformJob", "SageMaker Transform Job State Change"],
  ] as const) {
    type Job = Record<string, unknown>;
    const records = deps.store.collection<Job>(noun);
    const nameOf = (input: object) => String((input as Job)[`${noun}Name`]);
    const get = (input: object): Job => {
      const found = records.get(nameOf(input));
      if (!found)
        throw new ServiceError("ValidationException", `Could not find requested job with name: ${nameOf(input)}`);
      return found;
    };
    const end = async (name: string, status: string, job: FakeJob) => {
      const before = records.get(name);
      if (before?.[`${noun}Status`] !== "InProgress") return;
      const after = {
        ...before,
        [`${noun}Status`]: status,
        ...(status === "Failed" && { FailureReason: job.failureReason ?? "AlgorithmError: Exit Code: 1" }),
      };
      for (const [uri, text] of Object.entries(job.writes ?? {})) write(uri, text);
      await records.put(name, after);
      deps.bus.publish({ source: "aws.sagemaker", detailType, time: new Date(), resources: [], detail: after });
    };
    const go = (name: string, input: Job) => {
      const job = behave(input, `Create${noun}`);
      if (job.forever) return;
      // A write that fails leaves the job as it is: the process is about to end, or its disk is full.
      const done = () => void end(name, job.outcome ?? "Completed", job).catch(() => undefined);
      if (job.milliseconds === undefined) setImmediate(done);
      else setTimeout(done, job.milliseconds);
    };
    operations[`Create${noun}`] = {
      async handle(input: Job) {
        const name = nameOf(input);
        if (records.has(name))
          throw new ServiceError("ResourceInUse", `${noun} names must be unique, ${name} already exists`);
        const arn = `arn:aws:sagemaker:us-east-1:000000000000:${noun.toLowerCase()}/${name}`;
        await records.put(name, { ...input, [`${noun}Arn`]: arn, [`${noun}Status`]: "InProgress" });
        go(name, input);
        return { [`${noun}Arn`]: arn };
      },
    } as OperationTable[string];
    operations[`Describe${noun}`] = { handle: (input: Job) => get(input) } as OperationTable[string];
    operations[`Stop${noun}`] = {
      handle(input: Job) {
        void end(nameOf(get(input)), "Stopped", {});
        return {};
      },
    } as OperationTable[string];
    recoveries.push(() => {
      for (const record of records.values()) {
        if (record[`${noun}Status`] === "InProgress") go(nameOf(record), record);
        // What a job wrote is there as long as the job is known.
        else for (const [uri, text] of Object.entries(behave(record, `Create${noun}`).writes ?? {})) write(uri, text);
      }
    });
  }
  return {
    operations,
    async recover() {
      for (const recovery of recoveries) recovery();
    },
  };
}

/** Opens a fake cloud over a folder. */
export async function openFakeCloud(
  folder: string,
  behave: (input: Record<string, unknown>, operation: string) => FakeJob = () => ({}),
  options: { more?: OperationTable; files?: DurableFiles; onCall?: () => void } = {},
): Promise<FakeCloud> {
  const store = openStore(folder, options.files ? { files: options.files } : {});
  const bus = createEventBus();
  const objects = new Map<string, string>();
  const requests: FakeCloud["requests"] = [];
  const table: OperationTable = {};
  const context = {
    requestId: "r",
    region: "us-east-1",
    accountId: "000000000000",
    principalArn: "arn:aws:iam::000000000000:user/sagewright",
  };
  const invoke: Invoke = async <O>(_service: string, operation: string, input: object): Promise<O> => {
    options.onCall?.();
    requests.push({ operation, input: input as Record<string, unknown> });
    const found = table[operation];
    if (!found) throw new ServiceError("UnknownOperationException", operation);
    return (await found.handle(structuredClone(input) as never, context)) as O;
  };
  const deps: RoomDeps = {
    store,
    bus,
    clock: systemClock,
    metrics: openMetricStore(systemClock, store),
    alarms: openAlarmBook(store),
    faults: noFaults,
    invoke,
    objects: fakeObjects(objects, folder),
    logs: undefined as never,
    region: "us-east-1",
    accountId: "000000000000",
  };
  const jobs = fakeJobs(deps, behave, (uri, text) => objects.set(uri, text));
  const registry = registryRoom(deps);
  const pipelines = pipelinesRoom(deps);
  Object.assign(table, jobs.operations, registry.operations, pipelines.operations, options.more);
  await jobs.recover?.();
  await pipelines.recover?.();
  return { deps, store, bus, pipelines, invoke, requests, objects, close: async () => pipelines.close?.() };
}

function fakeObjects(objects: Map<string, string>, folder: string): Objects {
  const refuse = () => Promise.reject(new Error("not part of the fake"));
  return {
    put: refuse,
    putFromFile: refuse,
    delete: refuse,
    async get(bucket, key) {
      const text = objects.get(`s3://${bucket}/${key}`);
      if (text === undefined) return undefined;
      const file = join(folder, "object");
      writeFileSync(file, text);
      return { file, size: text.length, etag: "", lastModified: 0 };
    },
    async list(bucket, prefix) {
      const start = `s3://${bucket}/`;
      return [...objects.keys()]
        .filter((uri) => uri.startsWith(start + prefix))
        .map((uri) => ({ key: uri.slice(start.length), size: 1, etag: "", lastModified: 0 }));
    },
  };
}

/** A folder that is removed after the tests of a file. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-executor-"));
  afterAll(() => removeFolder(folder));
  return folder;
}
