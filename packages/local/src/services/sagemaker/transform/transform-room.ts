import type { ContainerRuntime } from "../../../jobs/runtime";
import type { Room, RoomDeps } from "../../../room";
export function transformRoom(_deps: RoomDeps & { runtime: ContainerRuntime }): Room {
  return { operations: {} };
}
