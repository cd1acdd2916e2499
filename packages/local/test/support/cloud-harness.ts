import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock";
import { type CloudEvent, createEventBus } from "../../src/event-bus";
import { type ContainerRuntime, createContainerRuntime, type RuntimeOptions } from "../../src/jobs/runtime";
import { checkAgainstModel } from "../../src/protocol/check";
import { createDispatcher, type Service } from "../../src/protocol/dispatcher";
import type { RoomDeps } from "../../src/room";
import { openAlarmBook } from "../../src/services/cloudwatch/alarms/alarm-book";
import { openMetricStore } from "../../src/services/cloudwatch/metrics/metric-store";
import { createLogStreams } from "../../src/services/logs/file-log-store";
import { createObjectStore } from "../../src/services/s3/object-store";
import { processingRoom } from "../../src/services/sagemaker/processing/room";
import { type TrainingRoom, type TrainingRoomDeps, trainingRoom } from "../../src/services/sagemaker/training/room";
import { openStore } from "../../src/state/store";
import { noFaults } from "./no-faults";

/** The two job rooms over a real state folder, with the real runtime, and no wire. */
export interface JobsCloud extends RoomDeps {
  events: CloudEvent[];
  training: TrainingRoom;
  runtime: ContainerRuntime;
  /** Text of an object; undefined when there is none. */
  text(uri: string): Promise<string | undefined>;
  put(uri: string, text: string | Uint8Array): Promise<void>;
  /** Describes until the job has ended. */
  ended<O extends object>(operation: string, request: object): Promise<O>;
  /** Resolves when the job has the status, or its secondary status. */
  reached(job: string, status: string): Promise<void>;
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** A new state folder below the system's temporary folder. */
export const newStateDir = (): string => mkdtempSync(join(tmpdir(), "sagewright-jobs-test-"));

/** Opens the rooms. */
export function openJobs(
  stateDir: string,
  options: RuntimeOptions & Pick<TrainingRoomDeps, "interruptAfterSeconds"> = {},
): JobsCloud {
  const clock = systemClock;
  const store = openStore(stateDir);
  const objects = createObjectStore({ store, clock, autoCreate: () => true });
  const logs = createLogStreams(store, clock);
  const bus = createEventBus();
  const events: CloudEvent[] = [];
  bus.subscribe((event) => events.push(event));
  const services: Service[] = [];
  const region = "us-east-1";
  const accountId = "000000000000";
  const fail = (error: unknown) => {
    throw error;
  };
  const dispatcher = createDispatcher({ services, region, accountId, check: checkAgainstModel, onFault: fail });
  const deps: RoomDeps = {
    store,
    objects,
    logs,
    bus,
    clock,
    metrics: openMetricStore(clock, store),
    alarms: openAlarmBook(store),
    faults: noFaults,
    invoke: dispatcher.invoke,
    region,
    accountId,
  };
  const runtime = createContainerRuntime({ stateDir: store.path("runtime"), ...options });
  const { interruptAfterSeconds } = options;
  const training = trainingRoom({ ...deps, runtime, ...(interruptAfterSeconds ? { interruptAfterSeconds } : {}) });
  const rooms = [training, processingRoom({ ...deps, runtime })];
  services.push({ name: "sagemaker", operations: Object.assign({}, ...rooms.map((room) => room.operations)) });
  const place = (uri: string): [string, string] => {
    const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
    return [bucket, key];
  };
  const reached = (job: string, status: string) =>
    new Promise<void>((resolve) => {
      const matches = ({ resources, detail }: CloudEvent) =>
        resources[0]?.endsWith(`/${job}`) === true &&
        [detail.TrainingJobStatus, detail.SecondaryStatus, detail.ProcessingJobStatus].includes(status);
      if (events.some(matches)) {
        resolve();
        return;
      }
      const leave = bus.subscribe((event) => {
        if (!matches(event)) return;
        leave();
        resolve();
      });
    });
  return {
    ...deps,
    events,
    training,
    runtime,
    reached,
    async text(uri) {
      const found = await objects.get(...place(uri));
      return found && (await import("node:fs/promises")).readFile(found.file, "utf8");
    },
    async put(uri, text) {
      await objects.put(...place(uri), typeof text === "string" ? Buffer.from(text) : text);
    },
    async ended<O extends object>(operation: string, request: object): Promise<O> {
      const name = String(Object.values(request)[0]);
      const described = await deps.invoke<Record<string, unknown>>("sagemaker", operation, request);
      const status = String(described.TrainingJobStatus ?? described.ProcessingJobStatus);
      if (["Completed", "Failed", "Stopped"].includes(status)) return described as O;
      await Promise.race(["Completed", "Failed", "Stopped"].map((status) => reached(name, status)));
      return deps.invoke<O>("sagemaker", operation, request);
    },
    async recover() {
      for (const room of rooms) await room.recover?.();
    },
    async close() {
      for (const room of rooms) await room.close?.();
      await runtime.close();
      logs.close();
      objects.close();
    },
  };
}
