import { checkOutputParameters } from "../validate/output-parameters";
import type { StepKind } from "./step-kind";

/** Puts a message into a queue and waits for an answer. */
export const callbackKind: StepKind = {
  type: "Callback",
  extraProperties: ["OutputParameters"],
  cacheable: true,
  retryable: "never",
  members: { SqsQueueUrl: "required", OutputParameters: "optional" },
  cacheKey: ["@SqsQueueUrl", ""],
  validate: (step, { path }) => checkOutputParameters(step, path),
};
