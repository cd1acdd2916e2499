import type { JsonObject } from "@sagewright/pipeline";

/** An answer as plain JSON: times become ISO text, `$metadata` and undefined members go. */
export function asJson(answer: Record<string, unknown>): JsonObject {
  const { $metadata: _, ...members } = answer;
  return JSON.parse(JSON.stringify(members)) as JsonObject;
}
