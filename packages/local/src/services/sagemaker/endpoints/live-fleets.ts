import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { EndpointRecord, Hosted } from "./endpoint-record";
import { containersFolder, createFleet, type Fleet } from "./fleet";
import type { FleetDeps } from "./fleet-deps";
import { servedOf } from "./hosted";

/** The fleets that an endpoint has in this process. Blue serves; green is on its way. */
export interface EndpointFleets {
  readonly blue?: Fleet;
  readonly green?: Fleet;
}

/** A fleet that another one has taken the place of. */
export interface Former {
  /** Ends its containers. */
  retire(): Promise<void>;
  /** Gives it its place back. */
  undo(): void;
}

/** The fleets of all endpoints. They are made when first asked for, and run nothing until then. */
export interface LiveFleets {
  of(endpoint: EndpointRecord): EndpointFleets;
  /** Green becomes blue, at once. */
  promote(name: string): Former;
  /** Takes green away; its requests under way are answered first. */
  dropGreen(name: string): Promise<void>;
  /** Takes everything of an endpoint away; its requests under way are answered first. */
  takeDown(name: string): Promise<void>;
  /** Ends every container now. */
  close(): Promise<void>;
}

/** Opens the fleets. */
export function liveFleets(deps: FleetDeps): LiveFleets {
  const live = new Map<string, { blue?: Fleet; green?: Fleet }>();
  const clearings = new Map<string, Promise<void>>();

  /** Before an endpoint's first container in this process: what lies there was left by a process that died. */
  const cleared = (name: string): Promise<void> => {
    const clearing = clearings.get(name) ?? rm(containersFolder(deps, name), { recursive: true, force: true });
    clearings.set(name, clearing);
    return clearing;
  };
  const make = (endpoint: string, hosted: Hosted): Fleet =>
    createFleet(deps, {
      endpoint,
      served: servedOf(deps, hosted),
      home: join(containersFolder(deps, endpoint), randomBytes(4).toString("hex")),
      before: () => cleared(endpoint),
    });

  return {
    of(endpoint) {
      const fleets = live.get(endpoint.name) ?? {};
      live.set(endpoint.name, fleets);
      if (endpoint.status !== "Creating" && endpoint.status !== "Failed") fleets.blue ??= make(endpoint.name, endpoint);
      if (endpoint.pending !== undefined) fleets.green ??= make(endpoint.name, endpoint.pending);
      return fleets;
    },
    promote(name) {
      const fleets = live.get(name) ?? {};
      if (fleets.green !== undefined) live.set(name, { blue: fleets.green });
      return {
        retire: async () => fleets.blue?.retire(),
        undo: () => void live.set(name, fleets),
      };
    },
    async dropGreen(name) {
      const { green, ...rest } = live.get(name) ?? {};
      live.set(name, rest);
      await green?.retire();
    },
    async takeDown(name) {
      const { blue, green } = live.get(name) ?? {};
      live.delete(name);
      await Promise.all([blue?.retire(), green?.retire()]);
      await rm(containersFolder(deps, name), { recursive: true, force: true });
    },
    async close() {
      const all = [...live.values()];
      live.clear();
      await Promise.all(all.flatMap(({ blue, green }) => [blue?.close(), green?.close()]));
    },
  };
}
