import { createContainerRuntime } from "../jobs/runtime";
import type { Service } from "../protocol/dispatcher";
import type { Room, RoomDeps } from "../room";
import { sagemakerRooms } from "./sagemaker/service";

/** The services that are made of rooms, and their common life. */
export interface Services {
  services: Service[];
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** Builds all rooms. They are closed in the reverse order, so that no room outlives one it calls. */
export function openServices(deps: RoomDeps): Services {
  const runtime = createContainerRuntime({
    stateDir: deps.store.path("runtime"),
    ...(deps.environmentsDir === undefined ? {} : { environmentsDir: deps.environmentsDir }),
  });
  const rooms: Room[] = sagemakerRooms({ ...deps, runtime });
  return {
    services: [{ name: "sagemaker", operations: Object.assign({}, ...rooms.map((room) => room.operations)) }],
    async recover() {
      for (const room of rooms) await room.recover?.();
    },
    async close() {
      for (const room of [...rooms].reverse()) await room.close?.();
      await runtime.close();
    },
  };
}
