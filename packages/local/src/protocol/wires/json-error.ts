import { NormalizedSchema } from "@smithy/core/schema";
import type { ServiceError } from "../../errors";
import type { ServiceModel } from "../model";
import { writeJson } from "../shapes/json-shape";

/** Status and body of an error in the JSON protocols: members of the modelled error, else the message alone. */
export function jsonError(
  error: ServiceError,
  model: ServiceModel | undefined,
): { status: number; body: Record<string, unknown>; type: string } {
  const schema = model?.error(error.code);
  if (!schema) return { status: error.status ?? 400, body: { message: error.message }, type: error.code };
  const shape = NormalizedSchema.of(schema);
  const traits = shape.getMergedTraits();
  const messageMember = schema[4].find((name) => name.toLowerCase() === "message") ?? "message";
  const members = writeJson(shape, { ...error.facts, [messageMember]: error.message }, { jsonNames: true });
  return {
    status: error.status ?? Number(traits.httpError ?? 400),
    body: { [messageMember]: error.message, ...(members as Record<string, unknown>) },
    type: `${schema[1]}#${error.code}`,
  };
}

/** The code and status that an error had in the query protocol, for services that spoke it once. */
export function queryErrorOf(
  error: ServiceError,
  model: ServiceModel | undefined,
): { code: string; status: number | undefined; modelled: boolean } {
  const schema = model?.error(error.code);
  // The trait is one of the client's own, which the schema package's types do not list.
  const traits = schema && (NormalizedSchema.of(schema).getMergedTraits() as { awsQueryError?: [string, number] });
  const [code, status] = traits?.awsQueryError ?? [error.code, undefined];
  return { code, status: error.status ?? status, modelled: traits?.awsQueryError !== undefined };
}

/** The header by which clients of services that left the query protocol still see the old code. */
export function queryErrorHeader(error: ServiceError, model: ServiceModel | undefined): Record<string, string> {
  const { code, status, modelled } = queryErrorOf(error, model);
  return modelled ? { "x-amzn-query-error": `${code};${(status ?? 400) < 500 ? "Sender" : "Receiver"}` } : {};
}
