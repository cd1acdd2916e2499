import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Counts } from "./deployment/deployment";
import type { Hosted } from "./endpoint-record";
import type { FleetDeps } from "./fleet-deps";
import { type HostedVariant, startVariant } from "./variant-server";

/** One request's hold on a container: until `done`, the container is not taken down. */
export interface Lease {
  /** The container; started when there is none. @throws CloudError `variant_failed` */
  server(): Promise<HostedVariant>;
  done(): void;
}

/** The containers of one endpoint over one configuration. */
export interface Fleet {
  /**
   * Starts and ends containers until each variant has those for its instances. Containers that go are given their
   * requests' time first.
   * @throws CloudError `variant_failed` with AWS's words for a variant whose model cannot be loaded
   */
  reach(instances: Counts): Promise<void>;
  /** Chooses the container with the fewest requests. */
  lease(variant: string): Lease;
  /** Requests under way at a variant. */
  inFlight(variant: string): number;
  /** Whether a variant has a container, or one that is starting. */
  isWarm(variant: string): boolean;
  /** Ends every container once its requests are answered. */
  retire(): Promise<void>;
  /** Ends every container now. */
  close(): Promise<void>;
}

/** A place for one container of a variant. */
interface Place {
  readonly index: number;
  hosted?: Promise<HostedVariant>;
  inFlight: number;
  /** Who waits until no request is under way. */
  idle: (() => void)[];
  /** Takes no new requests any more. */
  leaving: boolean;
}

/** Of what and where a fleet is made. */
export interface FleetPlace extends Pick<Hosted, "served"> {
  readonly endpoint: string;
  /** Folder of this fleet's containers alone. */
  readonly home: string;
  /** Must be done before the first container starts. */
  before(): Promise<void>;
}

/** Makes a fleet; no container runs yet. */
export function createFleet(deps: FleetDeps, { endpoint, served, home, before }: FleetPlace): Fleet {
  const limit = Math.max(1, deps.processesPerVariant ?? availableParallelism());
  const places = new Map<string, Place[]>();

  const start = async (name: string, index: number): Promise<HostedVariant> => {
    await before();
    const folder = join(home, name, String(index));
    return startVariant(deps, { endpoint, name, index, container: served[name], folder });
  };
  const server = async (name: string, place: Place): Promise<HostedVariant> => {
    const known = place.hosted;
    const running = await known?.catch(() => undefined);
    if (running?.server.alive === true) return running;
    // Whoever finds the container gone first starts it again; the others wait for the same one.
    if (place.hosted === known) place.hosted = start(name, place.index);
    return await (place.hosted as Promise<HostedVariant>);
  };
  const stop = async (place: Place): Promise<void> => {
    const running = await place.hosted?.catch(() => undefined);
    await running?.server.stop(0);
  };
  const leave = async (place: Place): Promise<void> => {
    place.leaving = true;
    if (place.inFlight > 0) await new Promise<void>((resolve) => place.idle.push(resolve));
    await stop(place);
  };
  const staying = (name: string) => (places.get(name) ?? []).filter(({ leaving }) => !leaving);
  const open = (name: string): Place => {
    const all = places.get(name) ?? [];
    const taken = new Set(all.map(({ index }) => index));
    const index = Array.from({ length: all.length + 1 }, (_, each) => each).find((each) => !taken.has(each)) ?? 0;
    const place: Place = { index, inFlight: 0, idle: [], leaving: false };
    places.set(name, [...all, place]);
    return place;
  };
  const forget = (name: string, gone: readonly Place[]) =>
    places.set(
      name,
      (places.get(name) ?? []).filter((place) => !gone.includes(place)),
    );

  const grow = async (name: string, wanted: number): Promise<void> => {
    while (staying(name).length < wanted) open(name);
    await Promise.all(staying(name).map((place) => server(name, place)));
  };
  const shrink = async (name: string, wanted: number): Promise<void> => {
    const gone = staying(name).slice(wanted);
    for (const place of gone) place.leaving = true;
    await Promise.all(gone.map(leave));
    forget(name, gone);
  };

  const reach = async (instances: Counts): Promise<void> => {
    const steps = Object.entries(instances).map(async ([name, count]) => {
      const wanted = Math.min(count, limit);
      await (staying(name).length > wanted ? shrink(name, wanted) : grow(name, wanted));
    });
    const failed = (await Promise.allSettled(steps)).find((step) => step.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  };

  return {
    reach: (instances) => deps.clock.during(`endpoint ${endpoint}`, reach(instances)),
    lease(name) {
      const free = staying(name).sort((a, b) => a.inFlight - b.inFlight);
      const place = free[0] ?? open(name);
      place.inFlight += 1;
      let held = true;
      return {
        server: () => deps.clock.during(`endpoint ${endpoint}`, server(name, place)),
        done() {
          if (!held) return;
          held = false;
          place.inFlight -= 1;
          if (place.inFlight === 0) for (const tell of place.idle.splice(0)) tell();
        },
      };
    },
    inFlight: (name) => (places.get(name) ?? []).reduce((sum, place) => sum + place.inFlight, 0),
    isWarm: (name) => staying(name).some(({ hosted }) => hosted !== undefined),
    retire: () =>
      deps.clock.during(
        `endpoint ${endpoint}`,
        Promise.all([...places.values()].flat().map(leave)).then(() => rm(home, { recursive: true, force: true })),
      ),
    async close() {
      await Promise.all([...places.values()].flat().map(stop));
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Folder of an endpoint's containers; what lies there without a running fleet was left by a process that died. */
export function containersFolder({ store }: Pick<FleetDeps, "store">, endpoint: string): string {
  return store.path("endpoints", endpoint, "containers");
}
