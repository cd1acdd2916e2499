import type { Environment } from "@sagewright/sagemaker";

/** Whether predictions of an environment are captured: only then is there anything to watch, and to train on again. */
export function isCaptured({ serving }: Environment): boolean {
  return serving.mode !== "serverless" && serving.capture !== undefined;
}
