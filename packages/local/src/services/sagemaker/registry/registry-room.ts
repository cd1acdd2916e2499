import type { Room, RoomDeps } from "../../../room";
import { groupOperations } from "./group-operations";
import { packageOperations } from "./package-operations";
import { RegistryCatalogue } from "./registry-catalogue";
import { tagOperations } from "./tag-operations";

/** The model registry, and the tags of all resources. */
export function registryRoom(deps: RoomDeps): Room {
  const catalogue = new RegistryCatalogue(deps);
  return {
    operations: { ...groupOperations(deps, catalogue), ...packageOperations(deps, catalogue), ...tagOperations(deps) },
  };
}
