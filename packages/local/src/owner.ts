import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "./clock";
import { control } from "./control/control-api";
import { createEventBus, type EventBus } from "./event-bus";
import { openFaultBook } from "./faults/fault-book";
import { type Listener, listenHttp } from "./listen";
import { checkAgainstModel } from "./protocol/check";
import { createDispatcher, type Service } from "./protocol/dispatcher";
import type { WireHandler } from "./protocol/wire";
import { openAlarmBook } from "./services/cloudwatch/alarms/alarm-book";
import { metricsOfLogEvent } from "./services/cloudwatch/metrics/emf";
import { openMetricStore } from "./services/cloudwatch/metrics/metric-store";
import { createLogStreams } from "./services/logs/file-log-store";
import { logOperations } from "./services/logs/operations";
import { createObjectStore } from "./services/s3/object-store";
import { s3Operations } from "./services/s3/operations";
import { openServices, type ServicesDeps } from "./services/services";
import { stsOperations } from "./services/sts/operations";
import type { Quarantined } from "./state/quarantine";
import type { NameCase } from "./state/safe-name";
import { openStore, scratchFolder } from "./state/store";
import { openKeptClock } from "./time/kept-clock";
import type { ManualClock } from "./time/manual-clock";

/** What the process that owns a state folder is asked to serve. */
export interface OwnerOptions {
  stateDir: string;
  region: string;
  accountId: string;
  nameCase: NameCase;
  environmentsDir?: string;
  /** `"manual"`: a clock that stands still until the control API advances it. */
  clock?: Clock | "manual";
  /** Where a new manual clock begins. */
  startAt?: Date;
  autoCreateBucket(bucket: string): boolean;
  onFault(error: unknown): void;
}

/** The services over one state folder, in this process. */
export interface Owner {
  handle: WireHandler;
  bus: EventBus;
  warnings: readonly Quarantined[];
  /** Ends children, waits for acknowledged writes, closes files. */
  close(): Promise<void>;
}

/** Opens the state and every room over it, then lets the rooms take up what an earlier process left. */
export async function openOwner(options: OwnerOptions): Promise<Owner> {
  const { region, accountId, nameCase } = options;
  // Nobody but the owner writes here, so whatever lies there is from a process that died in the middle of a write.
  rmSync(join(options.stateDir, scratchFolder), { recursive: true, force: true });
  const store = openStore(options.stateDir, { now: () => clock.now(), nameCase });
  const kept = options.clock === "manual" ? openKeptClock(store, options.startAt) : undefined;
  const clock = kept ?? (options.clock as Clock | undefined) ?? systemClock;
  const faults = openFaultBook(store);
  const controlled = { clock: kept ?? manualOf(clock), faults };
  const bus = createEventBus(options.onFault);
  const objects = createObjectStore({ store, clock, nameCase, autoCreate: options.autoCreateBucket });
  const metrics = openMetricStore(clock, store);
  const logs = createLogStreams(store, clock, (lines) => metrics.add(lines.flatMap(metricsOfLogEvent)));
  const services: Service[] = [];
  const dispatcher = createDispatcher({
    services,
    region,
    accountId,
    check: checkAgainstModel,
    fault: faults.hit,
    during: clock.during,
    onFault: options.onFault,
  });
  const handle: WireHandler = async (request) => (await control(controlled, request)) ?? dispatcher.handle(request);
  let listener: Promise<Listener> | undefined;
  const deps: ServicesDeps = {
    store,
    objects,
    logs,
    bus,
    clock,
    metrics,
    alarms: openAlarmBook(store),
    faults,
    invoke: dispatcher.invoke,
    region,
    accountId,
    async address() {
      listener ??= listenHttp(handle, {});
      return (await listener).url;
    },
    ...(options.environmentsDir === undefined ? {} : { environmentsDir: options.environmentsDir }),
  };
  services.push(
    { name: "s3", operations: s3Operations({ objects, store, clock, region }) },
    { name: "logs", operations: logOperations({ logs, clock, region, accountId }) },
    { name: "sts", operations: stsOperations() },
  );
  const rooms = openServices(deps);
  services.push(...rooms.services);
  await rooms.recover();
  return {
    handle,
    bus,
    warnings: store.quarantined,
    async close() {
      await rooms.close();
      (await listener)?.close();
      await metrics.close();
      logs.close();
      objects.close();
      store.close();
    },
  };
}

/** A manual clock that the caller made. */
const manualOf = (clock: Clock): ManualClock | undefined => ("advance" in clock ? (clock as ManualClock) : undefined);
