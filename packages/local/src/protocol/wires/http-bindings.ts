import type { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";
import { type HttpBinding, httpBinding, inputShape, requiredMembers } from "../model";
import { readText, writeText } from "../shapes/xml-shape";
import type { WireRequest } from "../wire";

/** Labels of a path that fit an operation's template; undefined when they do not. */
export function matchPath(binding: HttpBinding, path: string): Record<string, string> | undefined {
  const parts = path.replace(/^\//, "").split("/");
  const labels: Record<string, string> = {};
  const { segments } = binding;
  if (segments.length === 0) return path === "/" || path === "" ? labels : undefined;
  for (const [index, segment] of segments.entries()) {
    if (typeof segment === "string") {
      if (parts[index] !== segment) return undefined;
    } else if (segment.greedy) {
      const rest = parts.slice(index).join("/");
      if (rest === "") return undefined;
      labels[segment.member] = decodeURIComponent(rest);
      return labels;
    } else {
      if (!parts[index]) return undefined;
      labels[segment.member] = decodeURIComponent(parts[index] as string);
    }
  }
  // Older clients end some paths with a slash.
  const extra = parts.slice(segments.length);
  return extra.length === 0 || (extra.length === 1 && extra[0] === "") ? labels : undefined;
}

/**
 * How well a request fits an operation: undefined for not at all, else the number of query keys and headers that tell the
 * operation apart from others of the same path. Required members bound to query or headers must be there.
 */
export function fit(schema: StaticOperationSchema, request: WireRequest): number | undefined {
  const binding = httpBinding(schema);
  if (!binding || binding.method !== request.method) return undefined;
  let score = 0;
  for (const [key, value] of binding.literals) {
    if (!(key in request.query) || (value !== "" && request.query[key] !== value)) return undefined;
    score += 1;
  }
  const shape = inputShape(schema);
  for (const name of requiredMembers(shape)) {
    const traits = shape.getMemberSchema(name).getMergedTraits();
    if (traits.httpQuery) {
      if (!(traits.httpQuery in request.query)) return undefined;
      score += 1;
    } else if (traits.httpHeader) {
      if (!(traits.httpHeader.toLowerCase() in request.headers)) return undefined;
      score += 1;
    }
  }
  return score;
}

/** The part of an input that is not in the body. The payload member, if there is one, is named for the caller to fill. */
export function readBindings(
  schema: StaticOperationSchema,
  request: WireRequest,
  labels: Readonly<Record<string, string>>,
): { input: Record<string, unknown>; payload: [string, NormalizedSchema] | undefined; hasBody: boolean } {
  const input: Record<string, unknown> = {};
  let payload: [string, NormalizedSchema] | undefined;
  let hasBody = false;
  for (const [name, member] of inputShape(schema).structIterator()) {
    const traits = member.getMergedTraits();
    if (traits.httpLabel) {
      if (labels[name] !== undefined) input[name] = readText(member, labels[name]);
    } else if (traits.httpQuery) {
      const value = request.query[traits.httpQuery];
      if (value !== undefined) input[name] = readQuery(member, value);
    } else if (traits.httpHeader) {
      const value = request.headers[traits.httpHeader.toLowerCase()];
      if (value !== undefined) input[name] = readHeader(member, value);
    } else if (traits.httpPrefixHeaders !== undefined) {
      const found = withPrefix(request.headers, String(traits.httpPrefixHeaders).toLowerCase());
      if (Object.keys(found).length > 0) input[name] = found;
    } else if (traits.httpPayload) {
      payload = [name, member];
    } else {
      hasBody = true;
    }
  }
  return { input, payload, hasBody };
}

function readQuery(member: NormalizedSchema, value: string | string[]): unknown {
  if (!member.isListSchema()) return readText(member, Array.isArray(value) ? (value[0] ?? "") : value);
  return (Array.isArray(value) ? value : [value]).map((item) => readText(member.getValueSchema(), item));
}

function readHeader(member: NormalizedSchema, value: string): unknown {
  if (!member.isListSchema()) return readText(member, value);
  return value.split(",").map((item) => readText(member.getValueSchema(), item.trim()));
}

function withPrefix(headers: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

/** The part of an output that is not in the body. */
export function writeBindings(
  shape: NormalizedSchema,
  output: Readonly<Record<string, unknown>>,
): {
  headers: Record<string, string>;
  status: number | undefined;
  payload: [string, NormalizedSchema] | undefined;
  hasBody: boolean;
} {
  const headers: Record<string, string> = {};
  let status: number | undefined;
  let payload: [string, NormalizedSchema] | undefined;
  let hasBody = false;
  for (const [name, member] of shape.structIterator()) {
    const traits = member.getMergedTraits();
    const value = output[name];
    if (traits.httpPayload) payload = [name, member];
    else if (traits.httpHeader) {
      if (value !== undefined && value !== null) headers[traits.httpHeader.toLowerCase()] = headerText(member, value);
    } else if (traits.httpPrefixHeaders !== undefined) {
      for (const [key, text] of Object.entries((value ?? {}) as Record<string, string>)) {
        headers[`${traits.httpPrefixHeaders}${key}`.toLowerCase()] = text;
      }
    } else if (traits.httpResponseCode) {
      if (typeof value === "number") status = value;
    } else hasBody = true;
  }
  return { headers, status, payload, hasBody };
}

function headerText(member: NormalizedSchema, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => headerText(member.getValueSchema(), item)).join(",");
  if (typeof value === "string" && member.getMergedTraits().mediaType === "application/json") {
    return Buffer.from(value).toString("base64");
  }
  return writeText(member, value, "http-date");
}
