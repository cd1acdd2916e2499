import type { Json, JsonObject, StepDefinition } from "@sagewright/pipeline";
import { StepFailure } from "../step-failure";
import type { CallKind, ServiceAnswer } from "./step-kind";

/** Lambda: Invoke with the arguments as event. The members of the result that `OutputParameters` names are the step's outputs. */
export const lambdaStep: CallKind = {
  type: "Lambda",
  request: ({ step }) => ({
    service: "lambda",
    operation: "Invoke",
    input: {
      FunctionName: step.FunctionArn as string,
      InvocationType: "RequestResponse",
      Payload: Buffer.from(JSON.stringify(step.Arguments ?? {})).toString("base64"),
    },
  }),
  arn: () => undefined,
  properties: ([answer = {}], step) => ({
    FunctionArn: step.FunctionArn as string,
    OutputParameters: outputsOf(payloadOf(answer), step),
  }),
  metadata: ({ properties }) => ({
    Lambda: {
      ...(properties?.FunctionArn !== undefined && { Arn: properties.FunctionArn }),
      OutputParameters: Object.entries((properties?.OutputParameters ?? {}) as JsonObject).map(([Name, value]) => ({
        Name,
        Value: typeof value === "string" ? value : JSON.stringify(value),
      })),
    },
  }),
  outputs: () => [],
};

function payloadOf(answer: ServiceAnswer): Json {
  const bytes = answer.Payload as Uint8Array | string | undefined;
  const text = typeof bytes === "string" ? bytes : Buffer.from(bytes ?? []).toString("utf8");
  if (answer.FunctionError !== undefined) throw new StepFailure(`The Lambda function failed: ${text}`);
  try {
    return text === "" ? null : (JSON.parse(text) as Json);
  } catch (cause) {
    throw new StepFailure(`The Lambda function's result is no JSON: ${text.slice(0, 200)} (${String(cause)})`);
  }
}

const typeNames: Record<string, string> = { String: "string", Integer: "number", Float: "number", Boolean: "boolean" };

function outputsOf(result: Json, step: StepDefinition): JsonObject {
  const declared = (step.OutputParameters ?? []) as unknown as { OutputName: string; OutputType: string }[];
  const members = typeof result === "object" && result !== null && !Array.isArray(result) ? result : {};
  return Object.fromEntries(
    declared.map(({ OutputName, OutputType }) => {
      const value = members[OutputName];
      if (value === undefined) {
        const given = Object.keys(members).join(", ") || "none";
        throw new StepFailure(`The Lambda function did not return output ${OutputName}. Its result has: ${given}.`);
      }
      return [OutputName, typed(value, OutputName, OutputType)];
    }),
  );
}

function typed(value: Json, name: string, type: string): Json {
  // Nested values become one string, as they do on AWS.
  const flat = typeof value === "object" && value !== null ? JSON.stringify(value) : value;
  const fits = typeof flat === typeNames[type] && (type !== "Integer" || Number.isInteger(flat));
  if (!fits)
    throw new StepFailure(
      `Output ${name} of the Lambda function is ${JSON.stringify(value)}, which is not of type ${type}.`,
    );
  return flat;
}
