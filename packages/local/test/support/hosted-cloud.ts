import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Clock, systemClock } from "../../src/clock";
import { type CloudEvent, createEventBus } from "../../src/event-bus";
import type { Faults } from "../../src/faults/fault-book";
import type { ContainerRuntime } from "../../src/jobs/runtime";
import type { OperationTable } from "../../src/service";
import { openAlarmBook } from "../../src/services/cloudwatch/alarms/alarm-book";
import { openMetricStore } from "../../src/services/cloudwatch/metrics/metric-store";
import { createLogStreams } from "../../src/services/logs/file-log-store";
import { createObjectStore } from "../../src/services/s3/object-store";
import { endpointRooms } from "../../src/services/sagemaker/endpoints/endpoint-rooms";
import type { FleetDeps } from "../../src/services/sagemaker/endpoints/fleet-deps";
import { modelsRoom } from "../../src/services/sagemaker/models/models-room";
import { transformRoom } from "../../src/services/sagemaker/transform/transform-room";
import type { InvocationSettings } from "../../src/services/sagemaker-runtime/invocations-room";
import type { DurableFiles } from "../../src/state/atomic-file";
import { openStore } from "../../src/state/store";
import { noFaults } from "./no-faults";

/** Whether a Python with the image's packages is at hand; says so when it is not. */
export function pythonAtHand(): boolean {
  if (process.env.SAGEWRIGHT_PYTHON !== undefined) return true;
  console.warn(
    "SAGEWRIGHT_PYTHON is not set: no container can be started here, so only the part without one is tested.",
  );
  return false;
}

export const IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3";
export const BUCKET = "sagewright-us-east-1-000000000000";

/** The rooms that serve models over a state folder, with real containers. */
export function openHosting(
  folder: string,
  runtime: ContainerRuntime,
  settings: InvocationSettings = {},
  otherRooms: OperationTable = {},
  {
    clock = systemClock,
    faults = noFaults,
    files,
    processesPerVariant,
  }: { clock?: Clock; faults?: Faults; files?: DurableFiles; processesPerVariant?: number } = {},
) {
  const store = openStore(folder, files === undefined ? {} : { files });
  const bus = createEventBus();
  const objects = createObjectStore({ store, clock, nameCase: "case-sensitive", autoCreate: () => true });
  const logs = createLogStreams(store, clock);
  const tables: OperationTable = { ...otherRooms };
  const context = { requestId: "r", region: "us-east-1", accountId: "000000000000", principalArn: "arn" };
  const call = async <O>(operation: string, input: object): Promise<O> => {
    const found = tables[operation];
    if (found === undefined) throw new Error(`no operation ${operation}`);
    return (await found.handle(input as never, context)) as O;
  };
  const metrics = openMetricStore(clock, store);
  const alarms = openAlarmBook(store);
  const deps: FleetDeps = {
    store,
    bus,
    objects,
    logs,
    runtime,
    clock,
    metrics,
    alarms,
    ...(processesPerVariant === undefined ? {} : { processesPerVariant }),
    faults,
    region: "us-east-1",
    accountId: "000000000000",
    invoke: (_service, operation, input) => call(operation, input),
  };
  const hosted = endpointRooms(deps, settings);
  const rooms = [modelsRoom(deps), ...hosted.controlPlane, transformRoom(deps), hosted.runtime];
  for (const room of rooms) Object.assign(tables, room.operations);
  return {
    call,
    bus,
    objects,
    logs,
    metrics,
    alarms,
    recover: async () => {
      for (const room of rooms) await room.recover?.();
    },
    close: async () => {
      for (const room of [...rooms].reverse()) await room.close?.();
      await metrics.close();
      logs.close();
      objects.close();
    },
  };
}

export type HostedCloud = ReturnType<typeof openHosting>;

/** Packs files into a tar.gz with the system's tar and makes it an object. */
export async function putModel(
  cloud: HostedCloud,
  key: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-model-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, "m", name)), { recursive: true });
    writeFileSync(join(folder, "m", name), text);
  }
  execFileSync("tar", ["-czf", join(folder, "model.tar.gz"), "-C", join(folder, "m"), "."]);
  await cloud.objects.putFromFile(BUCKET, key, join(folder, "model.tar.gz"));
  rmSync(folder, { recursive: true, force: true });
  return `s3://${BUCKET}/${key}`;
}

/** Creates a model over a script. */
export async function createModel(
  cloud: HostedCloud,
  name: string,
  script: string,
  environment: Record<string, string> = {},
) {
  const ModelDataUrl = await putModel(cloud, `models/${name}/model.tar.gz`, {
    "weight.txt": "3",
    "code/inference.py": script,
  });
  await cloud.call("CreateModel", {
    ModelName: name,
    ExecutionRoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
    PrimaryContainer: {
      Image: IMAGE,
      ModelDataUrl,
      Environment: {
        SAGEMAKER_PROGRAM: "inference.py",
        SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code",
        ...environment,
      },
    },
  });
}

/** Creates a configuration whose variants serve models by weight; each is called after its model. */
export function createConfig(cloud: HostedCloud, name: string, weights: Readonly<Record<string, number>>) {
  return cloud.call("CreateEndpointConfig", {
    EndpointConfigName: name,
    ProductionVariants: Object.entries(weights).map(([model, weight]) => ({
      VariantName: `v-${model}`,
      ModelName: model,
      InstanceType: "ml.m5.large",
      InitialInstanceCount: 1,
      InitialVariantWeight: weight,
    })),
  });
}

/** Waits for the event that an endpoint is settled in a status. */
export function reached(cloud: HostedCloud, status: string): Promise<CloudEvent> {
  return new Promise((resolve) => {
    const end = cloud.bus.subscribe((event) => {
      if (event.detail.EndpointStatus !== status && event.detail.TransformJobStatus !== status) return;
      end();
      resolve(event);
    });
  });
}

/** Gives an alarm a state, whether it is there or not. */
export async function setAlarm({ alarms }: HostedCloud, name: string, to: "OK" | "ALARM"): Promise<void> {
  const from = alarms.stateOf(name) ?? "INSUFFICIENT_DATA";
  if (alarms.stateOf(name) === undefined) {
    const time = { stateUpdated: 0, transitioned: 0, configured: 0 };
    await alarms.alarms.put(name, { name, state: from, reason: "new", ...time, arn: name, actionsEnabled: true });
  }
  await alarms.change({ name, from, to, reason: "test", time: new Date() });
}
