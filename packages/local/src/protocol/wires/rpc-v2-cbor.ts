import { cbor, dateToTag } from "@smithy/core/cbor";
import type { NormalizedSchema } from "@smithy/core/schema";
import { ServiceError } from "../../errors";
import { inputShape, outputShape } from "../model";
import type { Protocol } from "../protocol";
import { readJson } from "../shapes/json-shape";
import { collectBody } from "../wire";
import { jsonError, queryErrorHeader } from "./json-error";

const headers = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };

/** Smithy RPC v2 over CBOR: CloudWatch with current boto3. The operation is named by the path. */
export const rpcV2Cbor: Protocol = {
  route(request) {
    const operation = /\/service\/[^/]+\/operation\/([^/]+)$/.exec(request.path)?.[1];
    return operation === undefined ? undefined : { operation, labels: {} };
  },
  async read(schema, request, _route, limit) {
    const body = await collectBody(request.body, limit);
    return readJson(inputShape(schema), body.byteLength === 0 ? {} : parse(body), { jsonNames: false }) as object;
  },
  write(schema, output, requestId) {
    const value = plain(outputShape(schema), output) ?? {};
    return { status: 200, headers: { ...headers, "x-amzn-requestid": requestId }, body: cbor.serialize(value) };
  },
  writeError(error, model, requestId) {
    const { status, body, type } = jsonError(error, model);
    return {
      status,
      headers: { ...headers, "x-amzn-requestid": requestId, ...queryErrorHeader(error, model) },
      body: cbor.serialize({ __type: type, ...body }),
    };
  },
};

/** @throws ServiceError SerializationException */
function parse(body: Uint8Array): unknown {
  try {
    return withDates(cbor.deserialize(body));
  } catch (cause) {
    throw new ServiceError("SerializationException", "The request body is not valid CBOR.", { cause });
  }
}

/** Tag 1 of CBOR is a moment, in seconds. */
function withDates(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(withDates);
  const { tag, value: inner } = value as { tag?: unknown; value?: unknown };
  if (tag === 1 && typeof inner === "number") return new Date(Math.round(inner * 1000));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withDates(member)]));
}

function plain(shape: NormalizedSchema, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (shape.isStructSchema()) {
    const result: Record<string, unknown> = {};
    for (const [name, member] of shape.structIterator()) {
      const one = plain(member, (value as Record<string, unknown>)[name]);
      if (one !== undefined) result[name] = one;
    }
    return result;
  }
  if (shape.isListSchema()) return (value as unknown[]).map((entry) => plain(shape.getValueSchema(), entry) ?? null);
  if (shape.isMapSchema()) {
    const item = shape.getValueSchema();
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(item, entry) ?? null]));
  }
  return value instanceof Date ? dateToTag(value) : value;
}
