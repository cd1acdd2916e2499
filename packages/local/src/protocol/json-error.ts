import { NormalizedSchema } from "@smithy/core/schema";
import type { ServiceError } from "../errors";
import { writeJson } from "./json-shape";
import type { ServiceModel } from "./model";

/** Status and body of an error in the JSON protocols: members of the modelled error, else the message alone. */
export function jsonError(
  error: ServiceError,
  model: ServiceModel | undefined,
): { status: number; body: Record<string, unknown> } {
  const schema = model?.error(error.code);
  if (!schema) return { status: error.status ?? 400, body: { message: error.message } };
  const shape = NormalizedSchema.of(schema);
  const traits = shape.getMergedTraits();
  const messageMember = schema[4].find((name) => name.toLowerCase() === "message") ?? "message";
  const members = writeJson(shape, { ...error.facts, [messageMember]: error.message }, { jsonNames: true });
  return {
    status: error.status ?? Number(traits.httpError ?? 400),
    body: { [messageMember]: error.message, ...(members as Record<string, unknown>) },
  };
}
