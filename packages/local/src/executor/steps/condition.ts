import type { Json } from "@sagewright/pipeline";
import { allHold } from "../conditions";
import type { ControlKind } from "./step-kind";

/** Condition: opens one of two branches. */
export const conditionStep: ControlKind = {
  type: "Condition",
  decide: (step, resolve) => ({ Outcome: allHold((step.Arguments.Conditions ?? []) as Json[], resolve) }),
  metadata: ({ properties }) =>
    properties === undefined ? {} : { Condition: { Outcome: properties.Outcome === true ? "True" : "False" } },
};
