import type { Clock } from "./clock";
import type { EventBus } from "./event-bus";
import type { Faults } from "./faults/fault-book";
import type { Invoke } from "./invoke";
import type { OperationTable } from "./service";
import type { AlarmStates } from "./services/cloudwatch/alarms/alarm-states";
import type { MetricSink } from "./services/cloudwatch/metrics/metric-sink";
import type { LogStore } from "./services/logs/log-store";
import type { Objects } from "./services/s3/objects";
import type { Store } from "./state/store";

/** What every room of the cloud is given. Rooms share nothing else. */
export interface RoomDeps {
  readonly store: Store;
  readonly objects: Objects;
  readonly logs: LogStore;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly metrics: MetricSink;
  readonly alarms: AlarmStates;
  readonly faults: Faults;
  readonly invoke: Invoke;
  readonly region: string;
  readonly accountId: string;
  /** Where the Python environments of the container images live. @default a folder of the user's cache */
  readonly environmentsDir?: string;
}

/** One part of a service, and what it needs around the life of the process. */
export interface Room {
  readonly operations: OperationTable;
  /** Called once after all rooms exist: takes up what a process that died left behind. */
  recover?(): Promise<void>;
  /** Called once before the process lets go of the state folder: ends children quickly, leaves valid state. */
  close?(): Promise<void>;
}
