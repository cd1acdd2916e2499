import type { RoomDeps } from "../../room";
import { invokeTarget } from "../targets/invoke-target";
import type { InvocationResult } from "./run-function";

/** An event of a function that has come to its end. */
export interface EndedEvent {
  readonly event: unknown;
  readonly requestId: string;
  readonly functionArn: string;
  readonly attempts: number;
  readonly result: InvocationResult;
  readonly condition: "Success" | "RetriesExhausted" | "EventAgeExceeded";
}

/** Tells a destination what became of an event, in Lambda's record of an invocation. */
export async function sendOutcome(deps: RoomDeps, target: string, ended: EndedEvent): Promise<void> {
  const { event, requestId, functionArn, attempts, result, condition } = ended;
  const input = JSON.stringify({
    version: "1.0",
    timestamp: deps.clock.now().toISOString(),
    requestContext: {
      requestId,
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: attempts,
    },
    requestPayload: event,
    responseContext: {
      statusCode: 200,
      executedVersion: "$LATEST",
      ...(result.failed && { functionError: "Unhandled" }),
    },
    responsePayload: JSON.parse(result.payload),
  });
  const detailType = `Lambda Function Invocation Result - ${result.failed ? "Failure" : "Success"}`;
  await invokeTarget(deps, { arn: target, input, token: requestId, source: "lambda", detailType });
}

/** Puts an event that failed for good into the function's dead-letter queue or topic. */
export async function sendDeadLetter(deps: RoomDeps, target: string, ended: EndedEvent): Promise<void> {
  const body = JSON.stringify(ended.event);
  const text = (StringValue: string) => ({ DataType: "String", StringValue });
  const attributes = {
    RequestID: text(ended.requestId),
    ErrorCode: { DataType: "Number", StringValue: "200" },
    // Lambda keeps the first kilobyte.
    ErrorMessage: text(errorMessage(ended.result).slice(0, 1024) || "unknown"),
  };
  if (target.includes(":sns:")) {
    await deps.invoke("sns", "Publish", { TopicArn: target, Message: body, MessageAttributes: attributes });
  } else {
    const QueueUrl = target.replace(/^arn:.*:/, "");
    await deps.invoke("sqs", "SendMessage", { QueueUrl, MessageBody: body, MessageAttributes: attributes });
  }
}

function errorMessage({ payload }: InvocationResult): string {
  const { errorMessage: message } = JSON.parse(payload) as { errorMessage?: unknown };
  return typeof message === "string" ? message : "";
}
