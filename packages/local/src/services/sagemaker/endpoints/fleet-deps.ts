import type { ContainerRuntime } from "../../../jobs/runtime";
import type { RoomDeps } from "../../../room";

/** What hosting needs of the cloud. */
export interface FleetDeps extends RoomDeps {
  readonly runtime: ContainerRuntime;
  /** Gives starts under way up. @default they are never given up */
  readonly signal?: AbortSignal;
  /**
   * Most processes that serve one variant of a fleet: this is one machine, whose processors more processes would only
   * share. Instances beyond that are counted and not run.
   * @default the machine's processors
   */
  readonly processesPerVariant?: number;
}
