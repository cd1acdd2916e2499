import { conditionStep } from "./condition";
import { failStep } from "./fail";
import { lambdaStep } from "./lambda";
import { modelStep } from "./model";
import { processingStep } from "./processing";
import { registerModelStep } from "./register-model";
import type { StepKind } from "./step-kind";
import { trainingStep } from "./training";
import { transformStep } from "./transform";
import { tuningStep } from "./tuning";

/** Every step kind that the embedded cloud runs, by step type. Another kind is another file and a line here. */
export const stepKinds: ReadonlyMap<string, StepKind> = new Map(
  [
    processingStep,
    trainingStep,
    tuningStep,
    transformStep,
    modelStep,
    registerModelStep,
    conditionStep,
    failStep,
    lambdaStep,
  ].map((kind): [string, StepKind] => [kind.type, kind]),
);
