import { cacheKeyAttributes, type Json, type JsonObject, type StepDefinition } from "@sagewright/pipeline";

/** The attributes that decide whether two runs of a step are equal; undefined for kinds that are never cached. */
export function cacheKeyOf(resolved: StepDefinition): JsonObject | undefined {
  return cacheKeyAttributes(resolved.Type, (resolved.Arguments ?? {}) as Json, resolved);
}
