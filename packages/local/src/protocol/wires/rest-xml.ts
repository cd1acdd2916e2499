import type { Readable } from "node:stream";
import { NormalizedSchema } from "@smithy/core/schema";
import { ServiceError } from "../../errors";
import { plainBody } from "../hosts/aws-chunked";
import { httpBinding, inputShape, operationName, outputShape } from "../model";
import { bytes, type Protocol, type Route } from "../protocol";
import { escapeXml, parseXml } from "../shapes/xml";
import { readXml, writeContent, writeXml } from "../shapes/xml-shape";
import { collectBody } from "../wire";
import { fit, matchPath, readBindings, writeBindings } from "./http-bindings";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/**
 * REST XML in S3's dialect: the bucket stands before the operation's path (path style), or in the host's name.
 * Requests have been brought to path style before they come here.
 */
export const restXml: Protocol = {
  route(request, model) {
    const [, bucket = "", rest] = /^\/([^/]*)(\/.*)?$/s.exec(request.path) ?? [];
    let best: { route: Route; score: number } | undefined;
    for (const schema of model.operations()) {
      const score = fit(schema, request);
      if (score === undefined || (best && best.score >= score)) continue;
      const binding = httpBinding(schema);
      const bucketNeeded = inputShape(schema).getMemberSchemas().Bucket?.getMergedTraits().httpLabel === 1;
      if (!binding || bucketNeeded !== (bucket !== "")) continue;
      const labels = matchPath(binding, rest ?? "/");
      if (!labels) continue;
      if (bucketNeeded) labels.Bucket = decodeURIComponent(bucket);
      best = { route: { operation: operationName(schema), labels }, score };
    }
    return best?.route;
  },
  async read(schema, request, route, limit) {
    const { input, payload } = readBindings(schema, request, route.labels);
    if (!payload) return input;
    const [name, member] = payload;
    if (member.isStreaming()) return { ...input, [name]: plainBody(request) };
    const body = Buffer.from(await collectBody(request.body, limit));
    if (body.byteLength === 0) return input;
    if (member.isStringSchema()) return { ...input, [name]: body.toString("utf8") };
    const element = parseXml(body.toString("utf8"));
    const expected = member.getMergedTraits().xmlName ?? member.getName();
    if (element.name !== expected) {
      throw new ServiceError("MalformedXML", `The XML must be one ${expected} element, not ${element.name}.`);
    }
    return { ...input, [name]: readXml(member, element) };
  },
  write(schema, output, requestId) {
    const shape = outputShape(schema);
    const values = output as Record<string, unknown>;
    const { headers, status, payload, hasBody } = writeBindings(shape, values);
    const response = {
      // S3's model does not say that a part of an object has a status of its own.
      status: status ?? (headers["content-range"] ? 206 : (httpBinding(schema)?.status ?? 200)),
      headers: { "x-amz-request-id": requestId, "x-amz-id-2": requestId, ...headers } as Record<string, string>,
    };
    if (payload) {
      const [name, member] = payload;
      const value = values[name];
      if (member.isBlobSchema() || member.isStringSchema()) return { ...response, body: rawPayload(value) };
      response.headers["content-type"] = "application/xml";
      const text = writeXml(member, value, member.getMergedTraits().xmlName ?? member.getName() ?? name, namespace);
      return { ...response, body: bytes(declaration + text) };
    }
    if (!hasBody) return { ...response, body: undefined };
    response.headers["content-type"] = "application/xml";
    return { ...response, body: bytes(declaration + document(schema[2], shape, values)) };
  },
  writeError(error, _model, requestId, request) {
    const status = error.status ?? 400;
    const facts = Object.entries(error.facts)
      .filter(([, value]) => typeof value === "string" || typeof value === "number")
      .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
      .join("");
    const text =
      `${declaration}<Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>${facts}` +
      `<RequestId>${requestId}</RequestId><HostId>${requestId}</HostId></Error>`;
    return {
      status,
      headers: { "content-type": "application/xml", "x-amz-request-id": requestId, "x-amz-id-2": requestId },
      body: request.method === "HEAD" || status === 304 ? undefined : bytes(text),
    };
  },
};

function rawPayload(value: unknown): Uint8Array | Readable | undefined {
  return typeof value === "string" ? bytes(value) : (value as Uint8Array | Readable | undefined);
}

function document(operation: string, shape: NormalizedSchema, values: Record<string, unknown>): string {
  const root = shape.getMergedTraits().xmlName ?? `${operation}Result`;
  // S3 answers this one with the text directly in the root element.
  if (operation === "GetBucketLocation") {
    return `<LocationConstraint${namespace}>${escapeXml(String(values.LocationConstraint ?? ""))}</LocationConstraint>`;
  }
  return `<${root}${namespace}>${writeContent(bodyMembers(shape), values)}</${root}>`;
}

const bodies = new WeakMap<NormalizedSchema, NormalizedSchema>();

/** The same structure without the members that travel in headers. */
function bodyMembers(shape: NormalizedSchema): NormalizedSchema {
  const known = bodies.get(shape);
  if (known) return known;
  const schema = shape.getSchema() as unknown as [number, string, string, unknown, string[], unknown[]];
  const kept = schema[4]
    .map((name, index) => [name, schema[5][index]] as const)
    .filter(([name]) => {
      const traits = shape.getMemberSchema(name).getMergedTraits();
      return !traits.httpHeader && traits.httpPrefixHeaders === undefined && !traits.httpResponseCode;
    });
  const reduced = NormalizedSchema.of([
    3,
    schema[1],
    schema[2],
    schema[3],
    kept.map(([name]) => name),
    kept.map(([, member]) => member),
  ] as never);
  bodies.set(shape, reduced);
  return reduced;
}
