import { StepFailure } from "../step-failure";
import type { ControlKind } from "./step-kind";

/** Fail: ends the execution with a message. */
export const failStep: ControlKind = {
  type: "Fail",
  failureEndsExecution: true,
  decide(step, resolve) {
    const message = step.Arguments?.ErrorMessage;
    throw new StepFailure(message === undefined || message === null ? "" : String(resolve(message)));
  },
  metadata: ({ failureReason }) => ({ Fail: { ErrorMessage: failureReason ?? "" } }),
};
