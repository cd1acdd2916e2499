import { randomUUID } from "node:crypto";
import type { InvocationRequest, InvocationResponse } from "@aws-sdk/client-lambda";
import { ServiceError } from "../../errors";
import type { RoomDeps } from "../../room";
import { type FunctionRecord, logGroupOf } from "./function-record";
import { type Invocation, type InvocationResult, runFunction } from "./run-function";

/** Longest tail of the log in an answer, bytes. */
const logTail = 4096;

/** Calls a function: waits for the answer, or (type `Event`) lets it run. */
export async function invokeFunction(
  deps: RoomDeps,
  record: FunctionRecord,
  input: InvocationRequest,
  options: Pick<Invocation, "python" | "onProcess">,
): Promise<Omit<InvocationResponse, "$metadata">> {
  if (input.InvocationType === "DryRun") return { StatusCode: 204 };
  const now = deps.clock.now();
  const requestId = randomUUID();
  const invocation: Invocation = {
    ...options,
    record,
    event: eventOf(input.Payload),
    requestId,
    region: deps.region,
    logGroup: logGroupOf(record.name),
    logStream: `${now.toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]${requestId.replaceAll("-", "")}`,
  };
  const running = deps.clock.during(`function ${record.name}`, runFunction(invocation));
  const run = running.then((result) => ({ result, log: writeLog(deps, invocation, result) }));
  if (input.InvocationType === "Event") {
    run.catch(() => undefined);
    return { StatusCode: 202, Payload: new Uint8Array() };
  }
  const { result, log } = await run;
  return {
    StatusCode: 200,
    ExecutedVersion: "$LATEST",
    ...(result.failed && { FunctionError: "Unhandled" }),
    ...(input.LogType === "Tail" && { LogResult: Buffer.from(log).subarray(-logTail).toString("base64") }),
    Payload: Buffer.from(result.payload),
  };
}

function eventOf(payload: Uint8Array | undefined): unknown {
  const text = Buffer.from(payload ?? []).toString("utf8");
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `Could not parse request body into json: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new ServiceError("InvalidRequestContentException", message, { cause });
  }
}

function writeLog(deps: RoomDeps, invocation: Invocation, result: InvocationResult): string {
  const { requestId, record, logGroup, logStream } = invocation;
  const duration = result.milliseconds.toFixed(2);
  const lines = [
    `START RequestId: ${requestId} Version: $LATEST`,
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
