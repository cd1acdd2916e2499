import { rm } from "node:fs/promises";
import type { Collection } from "../../../state/store";
import { endpointConfigsOf } from "./endpoint-configs-room";
import { type EndpointRecord, initialVariants } from "./endpoint-record";
import { endpointDescription } from "./endpoint-views";
import { containersFolder, type Fleet, type FleetDeps, startFleet } from "./fleet";

/** Detail type under which endpoints announce themselves. */
export const ENDPOINT_EVENT = "SageMaker Endpoint State Change";

/** Brings endpoints up, over to a new configuration, and down. */
export interface Hosting {
  readonly endpoints: Collection<EndpointRecord>;
  /** Keeps a record and announces a changed status. */
  save(endpoint: EndpointRecord): Promise<void>;
  /** Hosts a Creating endpoint, or moves an Updating one over; ends in service, or failed with the reason. */
  bringUp(name: string): Promise<void>;
  /** The containers of an endpoint in service; hosted again when the process was not there before. */
  fleet(name: string): Promise<Fleet>;
  takeDown(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Makes the hosting of a cloud's endpoints. */
export function hosting(deps: FleetDeps): Hosting {
  const endpoints = deps.store.collection<EndpointRecord>("endpoints");
  const fleets = new Map<string, Promise<Fleet>>();
  const clearings = new Map<string, Promise<void>>();
  const ending = new AbortController();
  const starts = new Set<Promise<unknown>>();
  let closed = false;
  const now = () => deps.clock.now().getTime();

  /** Before an endpoint's first container in this process: what lies there was left by a process that died. */
  const cleared = (name: string): Promise<void> => {
    const clearing = clearings.get(name) ?? rm(containersFolder(deps, name), { recursive: true, force: true });
    clearings.set(name, clearing);
    return clearing;
  };
  const start = async (name: string, configName: string): Promise<Fleet> => {
    const config = endpointConfigsOf(deps).get(configName);
    if (config === undefined) throw new Error(`The endpoint configuration ${configName} does not exist any more.`);
    await cleared(name);
    return await startFleet({ ...deps, signal: ending.signal }, name, config);
  };

  const save = async (endpoint: EndpointRecord): Promise<void> => {
    const before = endpoints.get(endpoint.name)?.status;
    const kept = { ...endpoint, lastModifiedTime: now() };
    await endpoints.put(endpoint.name, kept);
    if (before !== kept.status) announce(deps, kept);
  };

  const settle = async (name: string, outcome: PromiseSettledResult<Fleet>): Promise<void> => {
    const endpoint = endpoints.get(name);
    if (closed || endpoint === undefined || endpoint.status === "Deleting") {
      if (outcome.status === "fulfilled") await outcome.value.close();
      return;
    }
    const { pending, failureReason: _old, ...rest } = endpoint;
    if (outcome.status === "rejected") {
      const failureReason = outcome.reason instanceof Error ? outcome.reason.message : String(outcome.reason);
      // A failed update leaves the former configuration serving, as a blue/green deployment does.
      await save({ ...rest, status: pending === undefined ? "Failed" : "InService", failureReason });
      return;
    }
    const former = fleets.get(name);
    fleets.set(name, Promise.resolve(outcome.value));
    await save({
      ...rest,
      status: "InService",
      configName: pending?.configName ?? endpoint.configName,
      variants: pending?.variants ?? endpoint.variants,
    });
    if (former !== undefined) void former.then((fleet) => fleet.retire()).catch(() => undefined);
  };

  return {
    endpoints,
    save,
    bringUp(name) {
      const endpoint = endpoints.get(name);
      if (endpoint === undefined) return Promise.resolve();
      const configName = endpoint.pending?.configName ?? endpoint.configName;
      const work = Promise.allSettled([start(name, configName)]).then(([outcome]) => settle(name, outcome));
      const kept = work.finally(() => starts.delete(kept));
      starts.add(kept);
      return kept;
    },
    fleet(name) {
      const known = fleets.get(name);
      if (known !== undefined) return known;
      const starting = start(name, endpoints.get(name)?.configName ?? "");
      fleets.set(name, starting);
      // A failed start is not kept: the next request tries again.
      starting.catch(() => {
        if (fleets.get(name) === starting) fleets.delete(name);
      });
      return starting;
    },
    async takeDown(name) {
      const fleet = fleets.get(name);
      fleets.delete(name);
      await fleet?.then((running) => running.close()).catch(() => undefined);
      await rm(containersFolder(deps, name), { recursive: true, force: true });
    },
    async close() {
      closed = true;
      ending.abort();
      await Promise.allSettled(starts);
      const running = await Promise.allSettled(fleets.values());
      fleets.clear();
      await Promise.all(running.map((outcome) => (outcome.status === "fulfilled" ? outcome.value.close() : undefined)));
    },
  };
}

/** A new endpoint over a configuration. */
export function newEndpoint(deps: FleetDeps, name: string, arn: string, configName: string): EndpointRecord {
  const config = endpointConfigsOf(deps).get(configName);
  const now = deps.clock.now().getTime();
  const variants = config === undefined ? [] : initialVariants(config);
  return { name, arn, configName, status: "Creating", variants, creationTime: now, lastModifiedTime: now };
}

/** AWS's events spell the status IN_SERVICE where Describe spells it InService. */
function announce(deps: FleetDeps, endpoint: EndpointRecord): void {
  const EndpointStatus = endpoint.status.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  deps.bus.publish({
    source: "aws.sagemaker",
    detailType: ENDPOINT_EVENT,
    time: deps.clock.now(),
    resources: [endpoint.arn],
    detail: { ...endpointDescription(endpoint), EndpointStatus, Tags: {} },
  });
}
