import type { Readable } from "node:stream";
import type { NormalizedSchema } from "@smithy/core/schema";
import { httpBinding, inputShape, operationName, outputShape } from "../model";
import { bytes, type Protocol, type Route } from "../protocol";
import { readJson, writeJson } from "../shapes/json-shape";
import { collectBody } from "../wire";
import { parseJson } from "./aws-json";
import { fit, matchPath, readBindings, writeBindings } from "./http-bindings";
import { jsonError } from "./json-error";

const options = { jsonNames: true };

/** REST JSON 1: Lambda, SageMaker runtime. The operation is named by method and path. */
export const restJson: Protocol = {
  route(request, model) {
    let best: { route: Route; score: number } | undefined;
    for (const schema of model.operations()) {
      const score = fit(schema, request);
      if (score === undefined || (best && best.score >= score)) continue;
      const binding = httpBinding(schema);
      const labels = binding && matchPath(binding, request.path);
      if (labels) best = { route: { operation: operationName(schema), labels }, score };
    }
    return best?.route;
  },
  async read(schema, request, route, limit) {
    const { input, payload, hasBody } = readBindings(schema, request, route.labels);
    if (payload) {
      const [name, member] = payload;
      if (member.isStreaming()) return { ...input, [name]: request.body };
      const body = await collectBody(request.body, limit);
      if (body.byteLength > 0) input[name] = readPayload(member, body);
      return input;
    }
    if (!hasBody) return input;
    const body = await collectBody(request.body, limit);
    return { ...(readJson(inputShape(schema), parseJson(body), options) as object), ...input };
  },
  write(schema, output, requestId) {
    const shape = outputShape(schema);
    const { headers, status, payload, hasBody } = writeBindings(shape, output as Record<string, unknown>);
    const response = {
      status: status ?? httpBinding(schema)?.status ?? 200,
      headers: { "x-amzn-requestid": requestId, ...headers } as Record<string, string>,
    };
    if (payload) {
      const [name, member] = payload;
      return { ...response, body: writePayload(member, (output as Record<string, unknown>)[name]) };
    }
    if (!hasBody) return { ...response, body: undefined };
    response.headers["content-type"] = "application/json";
    return { ...response, body: bytes(JSON.stringify(writeJson(shape, output, options))) };
  },
  writeError(error, model, requestId) {
    const { status, body } = jsonError(error, model);
    return {
      status,
      headers: { "content-type": "application/json", "x-amzn-requestid": requestId, "x-amzn-errortype": error.code },
      body: bytes(JSON.stringify(body)),
    };
  },
};

function readPayload(member: NormalizedSchema, body: Uint8Array): unknown {
  if (member.isBlobSchema()) return body;
  if (member.isStringSchema()) return Buffer.from(body).toString("utf8");
  return readJson(member, parseJson(body), options);
}

function writePayload(member: NormalizedSchema, value: unknown): Uint8Array | Readable | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return bytes(value);
  if (member.isBlobSchema()) return value as Uint8Array | Readable;
  return bytes(JSON.stringify(writeJson(member, value, options)));
}
