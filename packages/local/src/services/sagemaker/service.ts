import type { Room, RoomDeps } from "../../room";

/** SageMaker's rooms, in the order in which they recover: what jobs need first, what starts jobs last. */
export function sagemakerRooms(_deps: RoomDeps): Room[] {
  return [];
}
