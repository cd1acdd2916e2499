import type { Collection } from "../../../state/store";
import { trafficSplitter } from "../../sagemaker-runtime/traffic";
import { type Counts, type Deployment, resumed } from "./deployment/deployment";
import { NO_CAPACITY, runDeployment } from "./deployment/deployment-runner";
import type { EndpointRecord, VariantState } from "./endpoint-record";
import { endpointDescription } from "./endpoint-views";
import type { Fleet, FleetDeps, Lease } from "./fleet";
import { liveFleets } from "./live-fleets";
import { type Route, route } from "./routing";
import { serverlessIdling } from "./serverless-idling";

/** Detail type under which endpoints announce themselves. */
export const ENDPOINT_EVENT = "SageMaker Endpoint State Change";
const DEPLOYMENT_EVENT = "SageMaker Endpoint Deployment State Change";

/** One request's way to a container. */
export interface RoutedLease extends Lease {
  readonly route: Route;
  readonly fleet: Fleet;
}

/** Brings endpoints up, over to a new configuration, and down. */
export interface Hosting {
  readonly endpoints: Collection<EndpointRecord>;
  /** Keeps a record and announces what changed. */
  save(endpoint: EndpointRecord): Promise<void>;
  /** Carries the deployment of an endpoint through; ends in service, or failed with the reason. */
  deploy(name: string): Promise<void>;
  /** Takes up a deployment whose process died. */
  resume(name: string): Promise<void>;
  /** Brings weights and instances to what is desired. */
  adjust(name: string): Promise<void>;
  /**
   * Leads a request to a container. Nothing is awaited between the choice and the hold, so that no update can take the
   * container away in between.
   */
  lease(endpoint: EndpointRecord, target?: string): RoutedLease;
  takeDown(name: string): Promise<void>;
  close(): Promise<void>;
}

/** After so long without a request a serverless variant has no container any more. */
const SERVERLESS_IDLE_MS = 10 * 60_000;

/** Instances that a fleet runs for its variants; a serverless one is tried with a single container. */
export function capacityOf(variants: readonly VariantState[]): Counts {
  return Object.fromEntries(
    variants.map(({ name, desiredInstances, serverless }) => [name, serverless === undefined ? desiredInstances : 1]),
  );
}

/** Makes the hosting of a cloud's endpoints. */
export function hosting(deps: FleetDeps): Hosting {
  const endpoints = deps.store.collection<EndpointRecord>("endpoints");
  const ending = new AbortController();
  const fleets = liveFleets({ ...deps, signal: ending.signal });
  const split = trafficSplitter();
  const idling = serverlessIdling(deps.clock, SERVERLESS_IDLE_MS);
  const work = new Set<Promise<unknown>>();
  const closed = () => ending.signal.aborted;

  const save = async (endpoint: EndpointRecord): Promise<void> => {
    const before = endpoints.get(endpoint.name);
    const kept = { ...endpoint, lastModifiedTime: deps.clock.now().getTime() };
    await endpoints.put(endpoint.name, kept);
    if (before?.status !== kept.status) announce(deps, kept, ENDPOINT_EVENT);
    if (kept.deployment !== undefined && before?.deployment !== kept.deployment) {
      announce(deps, kept, DEPLOYMENT_EVENT);
    }
  };
  /** Work that closing waits for. */
  const tracked = (doing: Promise<void>): Promise<void> => {
    const kept = doing.finally(() => work.delete(kept));
    work.add(kept);
    return kept;
  };

  /** Work that takes real time only: a clock that is advanced by hand waits for it. */
  const timeless = (name: string, doing: Promise<void>) => deps.clock.during(`endpoint ${name}`, doing);

  const keep = async (name: string, deployment: Deployment): Promise<void> => {
    const endpoint = endpoints.get(name);
    if (endpoint === undefined || closed()) return;
    const creating = endpoint.status === "Creating";
    const status = creating ? endpoint.status : deployment.direction === "back" ? "RollingBack" : "Updating";
    await save({ ...endpoint, status, deployment });
  };
  const lacksCapacity = (operation: string, variants: readonly VariantState[]): boolean =>
    variants.some(
      ({ serverless, instanceType }) => serverless === undefined && deps.faults.lacksCapacity(operation, instanceType),
    );
  const carry = async (name: string): Promise<void> => {
    const start = endpoints.get(name)?.deployment;
    if (start === undefined) return;
    const end = await runDeployment(
      {
        clock: deps.clock,
        alarms: deps.alarms,
        signal: ending.signal,
        fleets: () => fleets.of(endpoints.get(name) as EndpointRecord),
        lacksCapacity() {
          const { status, pending } = endpoints.get(name) as EndpointRecord;
          return lacksCapacity(status === "Creating" ? "CreateEndpoint" : "UpdateEndpoint", pending?.variants ?? []);
        },
        keep: (deployment) => timeless(name, keep(name, deployment)),
      },
      start,
    );
    if (!closed()) await timeless(name, settle(name, end));
  };
  const settle = async (name: string, { outcome, reason }: Deployment): Promise<void> => {
    const endpoint = endpoints.get(name);
    if (endpoint === undefined) return;
    const { pending, deployment: _done, failureReason: _old, ...endpointOnly } = endpoint;
    if (outcome === "Deployed" && pending !== undefined) {
      const { startTime: _start, ...hosted } = pending;
      const { capture: _capture, ...kept } = endpointOnly;
      const serving = { ...kept, ...hosted, variants: hosted.variants.map(atDesired), status: "InService" as const };
      const saved = save(serving);
      // In the same turn as the record changes for requests: none of them may look for a green fleet any more.
      const retired = fleets.promote(name);
      await saved;
      for (const variant of serving.variants) rest(serving, variant.name);
      await retired;
      return;
    }
    const failure = reason === undefined ? {} : { failureReason: reason.slice(0, 1024) };
    if (outcome === "RollbackFailed") {
      await save({ ...endpoint, status: "UpdateRollbackFailed", ...failure });
      return;
    }
    const saved = save({ ...endpointOnly, status: outcome === "Failed" ? "Failed" : "InService", ...failure });
    const dropped = fleets.dropGreen(name);
    await saved;
    await dropped;
  };

  /** A serverless variant that nobody asks for loses its containers after a while. */
  const rest = (endpoint: EndpointRecord, variant: string, fleet = fleets.of(endpoint).blue): void => {
    const serverless = endpoint.variants.find(({ name }) => name === variant)?.serverless;
    if (serverless !== undefined && fleet !== undefined && !closed()) {
      idling.rest(fleet, variant, serverless.ProvisionedConcurrency ?? 0);
    }
  };

  const adjust = async (name: string): Promise<void> => {
    const endpoint = endpoints.get(name);
    if (endpoint === undefined) return;
    try {
      const growing = endpoint.variants.filter(({ instances, desiredInstances }) => desiredInstances > instances);
      if (lacksCapacity("UpdateEndpointWeightsAndCapacities", growing)) throw new Error(NO_CAPACITY);
      await fleets.of(endpoint).blue?.reach(instancesWanted(endpoint.variants));
      if (closed()) return;
      await save({ ...endpoint, status: "InService", variants: endpoint.variants.map(atDesired) });
    } catch (error) {
      if (closed()) return;
      const failureReason = error instanceof Error ? error.message : String(error);
      const variants = endpoint.variants.map(asBefore);
      await save({ ...endpoint, status: "RollingBack", variants });
      await fleets.of(endpoint).blue?.reach(instancesWanted(variants));
      await save({ ...endpoint, status: "InService", variants, failureReason });
    }
  };

  return {
    endpoints,
    save,
    deploy: (name) => tracked(carry(name)),
    resume(name) {
      const endpoint = endpoints.get(name);
      if (endpoint?.deployment === undefined) return Promise.resolve();
      const deployment = resumed(endpoint.deployment, deps.clock.now().getTime());
      return tracked(timeless(name, save({ ...endpoint, deployment })).then(() => carry(name)));
    },
    adjust: (name) => tracked(timeless(name, adjust(name))),
    lease(endpoint, target) {
      const chosen = route(endpoint, split, target);
      const { blue, green } = fleets.of(endpoint);
      const fleet = (chosen.fleet === "green" ? green : blue) as Fleet;
      const lease = fleet.lease(chosen.variant);
      idling.wake(fleet, chosen.variant);
      const done = () => {
        lease.done();
        rest(endpoint, chosen.variant, fleet);
      };
      return { server: lease.server, done, route: chosen, fleet };
    },
    takeDown: (name) => timeless(name, fleets.takeDown(name)),
    async close() {
      ending.abort();
      // Nobody is left to answer; what is under way ends with its container.
      await Promise.all([fleets.close(), Promise.allSettled(work)]);
      await fleets.close();
    },
  };
}

function instancesWanted(variants: readonly VariantState[]): Counts {
  const instanced = variants.filter(({ serverless }) => serverless === undefined);
  return capacityOf(instanced);
}

function atDesired(variant: VariantState): VariantState {
  const { desiredServerless } = variant;
  return {
    ...variant,
    weight: variant.desiredWeight,
    instances: variant.desiredInstances,
    ...(desiredServerless === undefined ? {} : { serverless: desiredServerless }),
  };
}

function asBefore(variant: VariantState): VariantState {
  const { serverless } = variant;
  return {
    ...variant,
    desiredWeight: variant.weight,
    desiredInstances: variant.instances,
    ...(serverless === undefined ? {} : { desiredServerless: serverless }),
  };
}

/** AWS's events spell the status IN_SERVICE where Describe spells it InService. */
function announce(deps: FleetDeps, endpoint: EndpointRecord, detailType: string): void {
  const EndpointStatus = endpoint.status.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  deps.bus.publish({
    source: "aws.sagemaker",
    detailType,
    time: deps.clock.now(),
    resources: [endpoint.arn],
    detail: { ...endpointDescription(endpoint), EndpointStatus, Tags: {} },
  });
}
