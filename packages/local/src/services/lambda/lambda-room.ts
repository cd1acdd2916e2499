import type { ChildProcess } from "node:child_process";
import type { InvocationRequest, InvocationResponse } from "@aws-sdk/client-lambda";
import type { Room, RoomDeps } from "../../room";
import { operation } from "../../service";
import type { Queues } from "../sqs/queues";
import { AsyncInvocations } from "./async-invocations";
import { CalledFunctions } from "./called-functions";
import { EventSourceMappings } from "./event-source-mappings";
import { FunctionAliases } from "./function-aliases";
import { FunctionLayers } from "./function-layers";
import { qualified } from "./function-record";
import { FunctionVersions } from "./function-versions";
import { Functions } from "./functions";
import { callFunction, eventOf, type FunctionCall, invocationResponse } from "./invoke-operation";
import { permissionOperations } from "./permissions";
import { endGroup } from "./run-function";

/** What the room needs besides the usual. */
export interface LambdaRoomDeps extends RoomDeps {
  /** The queues that functions can be mapped to. */
  readonly queues: Queues;
  /** The interpreter of Python functions. @default `SAGEWRIGHT_PYTHON`, else `python3` of the path */
  readonly python?: string;
  /** Where functions reach this cloud, told to them as `AWS_ENDPOINT_URL`. @default they are told nothing */
  readonly address?: () => Promise<string>;
}

/** Functions that run in child processes of this machine: Node.js in the Node that runs the cloud, Python in a local Python. */
export function lambdaRoom(deps: LambdaRoomDeps): Room {
  const layers = new FunctionLayers(deps);
  const functions = new Functions(deps, layers);
  const versions = new FunctionVersions(deps, functions);
  const aliases = new FunctionAliases(deps, functions, versions);
  const called = new CalledFunctions(functions, versions, aliases);
  const children = new Set<ChildProcess>();
  const python = deps.python ?? process.env.SAGEWRIGHT_PYTHON ?? "python3";
  const onProcess = (child: ChildProcess) => {
    children.add(child);
    child.once("close", () => children.delete(child));
  };
  const call: FunctionCall = async (record, event, requestId) => {
    const endpointUrl = await deps.address?.();
    const surroundings = { python, onProcess, ...(endpointUrl !== undefined && { endpointUrl }) };
    return callFunction(deps, record, event, requestId, surroundings);
  };
  const behind = new AsyncInvocations(deps, functions, called, call);
  const mappings = new EventSourceMappings(deps, functions, called, call);
  functions.onChange((name) => mappings.functionChanged(name));
  return {
    operations: {
      ...functions.operations(),
      ...called.operations(),
      ...versions.operations(),
      ...aliases.operations(),
      ...layers.operations(),
      ...behind.operations(),
      ...mappings.operations(),
      ...permissionOperations(deps, functions, called),
      Invoke: operation<InvocationRequest, InvocationResponse>(async (input) => {
        const { FunctionName, Qualifier } = input;
        const event = eventOf(input.Payload);
        if (input.InvocationType === "DryRun") {
          called.described(FunctionName, Qualifier);
          return { StatusCode: 204 };
        }
        if (input.InvocationType === "Event") {
          const { name, qualifier } = called.described(FunctionName, Qualifier);
          await behind.post(qualified(name, qualifier), event);
          return { StatusCode: 202, Payload: new Uint8Array() };
        }
        return invocationResponse(await call(called.get(FunctionName, Qualifier), event), input);
      }),
    },
    async recover() {
      behind.recover();
      mappings.recover();
    },
    async close() {
      behind.close();
      mappings.close();
      for (const child of children) endGroup(child);
    },
  };
}
