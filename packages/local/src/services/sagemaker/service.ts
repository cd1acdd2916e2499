import type { ContainerRuntime } from "../../jobs/runtime";
import type { Room, RoomDeps } from "../../room";
import { modelsRoom } from "./models/models-room";
import { pipelinesRoom } from "./pipelines/pipelines-room";
import { processingRoom } from "./processing/room";
import { registryRoom } from "./registry/registry-room";
import { tuningRoom } from "./tuning/tuning-room";

/** What SageMaker's rooms are built with. */
export interface SageMakerDeps extends RoomDeps {
  readonly runtime: ContainerRuntime;
}

/** SageMaker's rooms, in the order in which they recover: what jobs need first, what starts jobs last. */
export function sagemakerRooms(deps: SageMakerDeps): Room[] {
  return [registryRoom(deps), modelsRoom(deps), processingRoom(deps), tuningRoom(deps), pipelinesRoom(deps)];
}
