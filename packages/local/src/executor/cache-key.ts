import type { JsonObject, StepDefinition } from "@sagewright/pipeline";

/** The attributes that decide whether two runs of a step are equal. */
export function cacheKeyOf(step: StepDefinition): JsonObject {
  return step.Arguments;
}
