import type { Value } from "../expressions/expression";
import { Step, type StepBasics } from "../step";
import type { StepKind } from "./step-kind";

/** Ends the execution as failed. */
export const failKind: StepKind = {
  type: "Fail",
  withoutProperties: true,
  cacheable: false,
  retryable: "never",
  endsExecution: true,
  argumentMembers: { ErrorMessage: "optional" },
};

/** Ends the execution as failed, with a message. */
export function fail(name: string, message: Value<string>, options?: StepBasics): Step<never> {
  return new Step<never>(failKind, name, { arguments: { ErrorMessage: message } }, options);
}
