import { randomUUID } from "node:crypto";
import type { InvocationRequest, InvocationResponse } from "@aws-sdk/client-lambda";
import { ServiceError } from "../../errors";
import type { RoomDeps } from "../../room";
import type { CalledFunction } from "./called-functions";
import { logGroupOf, qualified, versionOf } from "./function-record";
import { type Invocation, type InvocationResult, runFunction } from "./run-function";

/** Longest tail of the log in an answer, bytes. */
const logTail = 4096;

/** Runs a function to its end. `requestId` is the same when an event is tried again. */
export type FunctionCall = (record: CalledFunction, event: unknown, requestId?: string) => Promise<Called>;

/** What came of a call, and its log. */
export interface Called {
  /** The version that ran. */
  readonly version: string;
  readonly result: InvocationResult;
  readonly log: string;
}

/** Runs a function, keeps its log and counts it in the metrics of `AWS/Lambda`. */
export async function callFunction(
  deps: RoomDeps,
  record: CalledFunction,
  event: unknown,
  requestId: string = randomUUID(),
  surroundings: Pick<Invocation, "python" | "onProcess" | "endpointUrl">,
): Promise<Called> {
  const now = deps.clock.now();
  const stream = randomUUID().replaceAll("-", "");
  const invocation: Invocation = {
    ...surroundings,
    record,
    event,
    requestId,
    region: deps.region,
    logGroup: logGroupOf(record.name),
    logStream: `${now.toISOString().slice(0, 10).replaceAll("-", "/")}/[${versionOf(record)}]${stream}`,
  };
  const result = await deps.clock.during(`function ${record.name}`, runFunction(invocation));
  count(deps, record, result);
  return { version: versionOf(record), result, log: writeLog(deps, invocation, result) };
}

/** How the service answers somebody who waited. */
export function invocationResponse(
  { version, result, log }: Called,
  { LogType }: Pick<InvocationRequest, "LogType">,
): Omit<InvocationResponse, "$metadata"> {
  return {
    StatusCode: 200,
    ExecutedVersion: version,
    ...(result.failed && { FunctionError: "Unhandled" }),
    ...(LogType === "Tail" && { LogResult: Buffer.from(log).subarray(-logTail).toString("base64") }),
    Payload: Buffer.from(result.payload),
  };
}

/** What a caller sends, as a value. @throws ServiceError InvalidRequestContentException */
export function eventOf(payload: Uint8Array | undefined): unknown {
  const text = Buffer.from(payload ?? []).toString("utf8");
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `Could not parse request body into json: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new ServiceError("InvalidRequestContentException", message, { cause });
  }
}

/** By function, by what it was called, and for an alias by the version that ran too: what CloudWatch has of functions. */
function count({ metrics }: RoomDeps, called: CalledFunction, { failed, milliseconds }: InvocationResult): void {
  const { name, qualifier, version } = called;
  const FunctionName = name;
  const Resource = qualified(name, qualifier);
  const byVersion = qualifier !== undefined && version !== undefined && qualifier !== version;
  const put = (metric: string, value: number, unit: "Count" | "Milliseconds") => {
    const all: Record<string, string>[] = [
      { FunctionName },
      { FunctionName, Resource },
      ...(byVersion ? [{ FunctionName, Resource, ExecutedVersion: version }] : []),
    ];
    for (const dimensions of all) metrics.put({ namespace: "AWS/Lambda", name: metric, dimensions, value, unit });
  };
  put("Invocations", 1, "Count");
  put("Errors", failed ? 1 : 0, "Count");
  put("Duration", milliseconds, "Milliseconds");
}

function writeLog(deps: RoomDeps, invocation: Invocation, result: InvocationResult): string {
  const { requestId, record, logGroup, logStream } = invocation;
  const duration = result.milliseconds.toFixed(2);
  const lines = [
    `START RequestId: ${requestId} Version: ${versionOf(record)}`,
    ...result.lines,
    ...(result.failed ? [`ERROR ${result.payload}`] : []),
    `END RequestId: ${requestId}`,
    `REPORT RequestId: ${requestId}\tDuration: ${duration} ms\tBilled Duration: ${Math.ceil(result.milliseconds)} ms\tMemory Size: ${record.memory} MB`,
  ];
  const timestamp = deps.clock.now().getTime();
  deps.logs.append(
    logGroup,
    logStream,
    lines.map((message) => ({ timestamp, message })),
  );
  return `${lines.join("\n")}\n`;
}
