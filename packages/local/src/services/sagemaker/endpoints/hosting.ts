import { trafficSplitter } from "../../sagemaker-runtime/traffic";
import { type Deployment, resumed } from "./deployment/deployment";
import { NO_CAPACITY, runDeployment } from "./deployment/deployment-runner";
import { type EndpointBook, endpointBook } from "./endpoint-book";
import type { EndpointRecord, VariantState } from "./endpoint-record";
import type { Fleet, Lease } from "./fleet";
import type { FleetDeps } from "./fleet-deps";
import { type Former, liveFleets } from "./live-fleets";
import { type Route, route } from "./routing";
import { serverlessIdling } from "./serverless-idling";
import { asBefore, atDesired, instancesOf } from "./variant-states";

/** One request's way to a container. */
export interface RoutedLease extends Lease {
  readonly route: Route;
  readonly fleet: Fleet;
}

/** Brings endpoints up, over to a new configuration, and down. */
export interface Hosting extends Pick<EndpointBook, "endpoints" | "save"> {
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
  /** The container that gets the copy of a request, if this one is to be copied. */
  shadow(lease: RoutedLease): RoutedLease | undefined;
  takeDown(name: string): Promise<void>;
  close(): Promise<void>;
}

/** After so long without a request a serverless variant has no container any more. */
const SERVERLESS_IDLE_MS = 10 * 60_000;

/** Makes the hosting of a cloud's endpoints. */
export function hosting(deps: FleetDeps): Hosting {
  const { endpoints, save, untilWritten } = endpointBook(deps);
  const ending = new AbortController();
  const fleets = liveFleets({ ...deps, signal: ending.signal });
  const split = trafficSplitter();
  const idling = serverlessIdling(deps.clock, SERVERLESS_IDLE_MS);
  const work = new Set<Promise<unknown>>();
  const closed = () => ending.signal.aborted;

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
    await untilWritten(() => save({ ...endpoint, status, deployment }), ending.signal);
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
      await take({ ...kept, ...hosted, variants: hosted.variants.map(atDesired), status: "InService" });
      return;
    }
    const failure = reason === undefined ? {} : { failureReason: reason.slice(0, 1024) };
    if (outcome === "RollbackFailed") {
      await untilWritten(() => save({ ...endpoint, status: "UpdateRollbackFailed", ...failure }), ending.signal);
      return;
    }
    const status = outcome === "Failed" ? "Failed" : "InService";
    await untilWritten(() => save({ ...endpointOnly, status, ...failure }), ending.signal);
    await fleets.dropGreen(name);
  };
  /** The new fleet becomes the endpoint's. */
  const take = async (serving: EndpointRecord): Promise<void> => {
    let former: Former | undefined;
    const write = async () => {
      const saved = save(serving);
      // In the same turn as the record changes for requests: none of them may look for a green fleet any more.
      const promoted = fleets.promote(serving.name);
      try {
        await saved;
        former = promoted;
      } catch (error) {
        promoted.undo();
        throw error;
      }
    };
    await untilWritten(write, ending.signal);
    for (const variant of serving.variants) rest(serving, variant.name);
    await former?.retire();
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
      await fleets.of(endpoint).blue?.reach(instancesOf(endpoint.variants));
      if (closed()) return;
      const variants = endpoint.variants.map(atDesired);
      await untilWritten(() => save({ ...endpoint, status: "InService", variants }), ending.signal);
    } catch (error) {
      if (closed()) return;
      const failureReason = error instanceof Error ? error.message : String(error);
      const variants = endpoint.variants.map(asBefore);
      await untilWritten(() => save({ ...endpoint, status: "RollingBack", variants }), ending.signal);
      // What was running before still runs; a container that does not is started by the next request.
      await fleets
        .of(endpoint)
        .blue?.reach(instancesOf(variants))
        .catch(() => undefined);
      await untilWritten(() => save({ ...endpoint, status: "InService", variants, failureReason }), ending.signal);
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
      const saved = untilWritten(() => save({ ...endpoint, deployment }), ending.signal);
      return tracked(timeless(name, saved).then(() => carry(name)));
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
    shadow({ route: { hosted, variant }, fleet }) {
      const [shadow] = hosted.shadows ?? [];
      const weight = hosted.variants.find(({ name }) => name === variant)?.weight ?? 1;
      if (shadow === undefined) return undefined;
      const share = weight > 0 ? Math.min(1, shadow.weight / weight) : 0;
      const choices = [
        { name: "copy", weight: share },
        { name: "none", weight: 1 - share },
      ];
      if (share === 0 || split(`${hosted.configName}//${shadow.name}`, choices) === "none") return undefined;
      return { ...fleet.lease(shadow.name), fleet, route: { variant: shadow.name, fleet: "blue", hosted } };
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
