import type { Room } from "../../../room";
import { type InvocationSettings, invocationsRoom } from "../../sagemaker-runtime/invocations-room";
import { endpointConfigsRoom } from "./endpoint-configs-room";
import { endpointsRoom } from "./endpoints-room";
import type { FleetDeps } from "./fleet-deps";
import { hosting } from "./hosting";

/** Everything about endpoints: the rooms of the SageMaker service, and the one of its runtime, over the same containers. */
export function endpointRooms(
  deps: FleetDeps,
  settings: InvocationSettings = {},
): { controlPlane: Room[]; runtime: Room } {
  const host = hosting(deps);
  return {
    controlPlane: [endpointConfigsRoom(deps), endpointsRoom(deps, host)],
    runtime: invocationsRoom(deps, host, settings),
  };
}
