import type { ServiceName } from "../invoke";
import { createContainerRuntime } from "../jobs/runtime";
import type { Service } from "../protocol/dispatcher";
import type { Room, RoomDeps } from "../room";
import type { OperationTable } from "../service";
import { autoScalingRoom } from "./application-autoscaling/autoscaling-room";
import type { AlarmBook } from "./cloudwatch/alarms/alarm-book";
import { cloudwatchRoom } from "./cloudwatch/cloudwatch-room";
import type { MetricStore } from "./cloudwatch/metrics/metric-store";
import { eventsRoom } from "./events/events-room";
import { lambdaRoom } from "./lambda/lambda-room";
import { withTags } from "./sagemaker/registry/tags-with-resources";
import { sagemakerRooms } from "./sagemaker/service";
import { schedulerRoom } from "./scheduler/scheduler-room";
import { snsRoom } from "./sns/sns-room";
import { Queues } from "./sqs/queues";
import { sqsRoom } from "./sqs/sqs-room";

/** What the rooms are built with. */
export interface ServicesDeps extends RoomDeps {
  readonly metrics: MetricStore;
  readonly alarms: AlarmBook;
  /** Where programs that the cloud starts reach it over HTTP. */
  readonly address: () => Promise<string>;
}

/** The services that are made of rooms, and their common life. */
export interface Services {
  services: Service[];
  recover(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Builds all rooms. They recover in order: what jobs need first, then pipelines, because an execution that goes on sends requests
 * at once, then what starts pipelines, then functions, which may call everything. They are closed in the reverse order, so that no
 * room outlives one it calls.
 */
export function openServices(deps: ServicesDeps): Services {
  const runtime = createContainerRuntime({
    stateDir: deps.store.path("runtime"),
    ...(deps.environmentsDir === undefined ? {} : { environmentsDir: deps.environmentsDir }),
  });
  const queues = new Queues(deps);
  const lambda = lambdaRoom({ ...deps, queues });
  const sagemaker = sagemakerRooms({ ...deps, runtime });
  const scaling = autoScalingRoom(deps);
  const around: Partial<Record<ServiceName, Room>> = {
    sqs: sqsRoom({ ...deps, queues }),
    sns: snsRoom(deps),
    monitoring: cloudwatchRoom({ ...deps, scale: scaling.onAlarm }),
    "application-autoscaling": scaling,
    events: eventsRoom(deps),
    scheduler: schedulerRoom(deps),
  };
  const rooms = [sagemaker.runtime, ...sagemaker.controlPlane, ...Object.values(around), lambda];
  return {
    services: [
      { name: "lambda", operations: lambda.operations },
      { name: "sagemaker-runtime", operations: sagemaker.runtime.operations },
      ...Object.entries(around).map(([name, { operations }]) => ({ name: name as ServiceName, operations })),
      { name: "sagemaker", operations: withTags(deps, joined(sagemaker.controlPlane)) },
    ],
    async recover() {
      for (const room of rooms) await room.recover?.();
    },
    async close() {
      for (const room of [...rooms].reverse()) await room.close?.();
      await runtime.close();
    },
  };
}

/** One table of several rooms'. @throws Error when two rooms answer the same operation */
function joined(rooms: readonly Room[]): OperationTable {
  const table: OperationTable = {};
  for (const [name, operation] of rooms.flatMap((room) => Object.entries(room.operations))) {
    if (name in table) throw new Error(`${name} is answered by two rooms.`);
    table[name] = operation;
  }
  return table;
}
