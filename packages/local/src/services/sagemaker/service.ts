import type { ContainerRuntime } from "../../jobs/runtime";
import type { Room, RoomDeps } from "../../room";
import { endpointRooms } from "./endpoints/endpoint-rooms";
import { modelsRoom } from "./models/models-room";
import { pipelinesRoom } from "./pipelines/pipelines-room";
import { processingRoom } from "./processing/room";
import { registryRoom } from "./registry/registry-room";
import { trainingRoom } from "./training/room";
import { transformRoom } from "./transform/transform-room";
import { tuningRoom } from "./tuning/tuning-room";

/** What SageMaker's rooms are built with. */
export interface SageMakerDeps extends RoomDeps {
  readonly runtime: ContainerRuntime;
}

/** The rooms behind SageMaker's two addresses. */
export interface SageMakerRooms {
  /** In the order in which they recover: what jobs need first, what starts jobs last. */
  readonly controlPlane: readonly Room[];
  /** InvokeEndpoint. */
  readonly runtime: Room;
}

/** Builds SageMaker's rooms. */
export function sagemakerRooms(deps: SageMakerDeps): SageMakerRooms {
  const endpoints = endpointRooms(deps);
  return {
    controlPlane: [
      registryRoom(deps),
      modelsRoom(deps),
      ...endpoints.controlPlane,
      processingRoom(deps),
      trainingRoom(deps),
      transformRoom(deps),
      tuningRoom(deps),
      pipelinesRoom(deps),
    ],
    runtime: endpoints.runtime,
  };
}
