import { captureField, type Environment, saidOfCapture } from "@sagewright/sagemaker";
import { Annotations, type Stack } from "aws-cdk-lib";

/** Beginning of the ids of what the app itself has to say: it is told, and does not end the synthesis. */
export const NOTICE = "sagewright:";

/** Without captures there is no monitor; where an environment does not say that this is meant, the synthesis says what is missing. */
export function sayUncaptured(stack: Stack, { name, serving, retraining }: Environment): void {
  if (saidOfCapture(serving) !== undefined) return;
  const field = captureField(serving);
  const missing = [
    "no drift, no weekly ROC AUC and no alarm when captures stop",
    ...(retraining === undefined ? [] : ["retraining on old data alone"]),
  ];
  const warning = `Environment ${name}: nothing is captured, so it gets no monitor: ${missing.join("; ")}. Write ${field}: { share: 1 } in config/${name}.ts, or { share: 0 } where that is meant.`;
  Annotations.of(stack).addWarningV2(`${NOTICE}nothing-captured`, warning);
}
