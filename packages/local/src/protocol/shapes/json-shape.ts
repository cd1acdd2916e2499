import { NormalizedSchema } from "@smithy/core/schema";
import type { $SchemaRef } from "@smithy/types";
import { ServiceError } from "../../errors";
import { readTimestamp, timestampFormat, writeTimestamp } from "./timestamp";

/** Differences between the JSON protocols. */
export interface JsonOptions {
  /** REST JSON renames members by the `jsonName` trait, AWS JSON does not. */
  jsonNames: boolean;
}

/**
 * Reads parsed JSON, or an object as a client's caller writes it (`Date`, `Uint8Array`), as a shape of the service
 * model. Members that the shape lacks and nulls are dropped, as the services do. The result shares nothing with the value
 * except byte arrays and documents.
 *
 * @throws ServiceError SerializationException, naming the member
 */
export function readJson(schema: $SchemaRef | NormalizedSchema, value: unknown, options: JsonOptions): unknown {
  return read(NormalizedSchema.of(schema), value, "", options);
}

/** The reverse: a shape as a value for `JSON.stringify`. Undefined members and unknown ones are left out. */
export function writeJson(schema: $SchemaRef | NormalizedSchema, value: unknown, options: JsonOptions): unknown {
  return write(NormalizedSchema.of(schema), value, options);
}

function read(shape: NormalizedSchema, value: unknown, path: string, options: JsonOptions): unknown {
  if (value === null || value === undefined) return undefined;
  if (shape.isDocumentSchema()) return value;
  if (shape.isStructSchema()) {
    if (typeof value !== "object" || Array.isArray(value)) throw mismatch(path, "a structure", value);
    return readMembers(shape, value as Record<string, unknown>, path, options);
  }
  if (shape.isListSchema()) {
    if (!Array.isArray(value)) throw mismatch(path, "a list", value);
    const item = shape.getValueSchema();
    const sparse = shape.getMergedTraits().sparse;
    return value
      .map((entry, index) => read(item, entry, `${path}.${index + 1}.member`, options) ?? (sparse ? null : undefined))
      .filter((entry) => entry !== undefined);
  }
  if (shape.isMapSchema()) {
    if (typeof value !== "object" || Array.isArray(value)) throw mismatch(path, "a map", value);
    const item = shape.getValueSchema();
    const map: Record<string, unknown> = {};
    for (const [key, entry] of Object.entries(value)) {
      const one = read(item, entry, `${path}.${key}.member`, options);
      // A key may be "__proto__": it must become a member, not a prototype.
      if (one !== undefined)
        Object.defineProperty(map, key, { value: one, enumerable: true, writable: true, configurable: true });
    }
    return map;
  }
  return readSimple(shape, value, path);
}

function readMembers(
  shape: NormalizedSchema,
  value: Record<string, unknown>,
  path: string,
  options: JsonOptions,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, member] of shape.structIterator()) {
    const wireName = options.jsonNames ? (member.getMergedTraits().jsonName ?? name) : name;
    if (!Object.hasOwn(value, wireName)) continue;
    const read_ = read(member, value[wireName], path === "" ? name : `${path}.${name}`, options);
    if (read_ !== undefined) result[name] = read_;
  }
  return result;
}

function readSimple(shape: NormalizedSchema, value: unknown, path: string): unknown {
  if (shape.isTimestampSchema()) {
    const date = readTimestamp(value);
    if (!date) throw mismatch(path, "a timestamp", value);
    return date;
  }
  if (shape.isBlobSchema()) {
    if (value instanceof Uint8Array || (shape.isStreaming() && typeof value === "object")) return value;
    if (typeof value === "string") return new Uint8Array(Buffer.from(value, "base64"));
    throw mismatch(path, "base64 text", value);
  }
  if (shape.isBooleanSchema()) {
    if (typeof value === "boolean") return value;
    throw mismatch(path, "true or false", value);
  }
  if (shape.isNumericSchema()) {
    if (typeof value === "number") return value;
    if (typeof value === "string" && /^(NaN|-?Infinity)$/.test(value)) return Number(value);
    throw mismatch(path, "a number", value);
  }
  if (shape.isStringSchema()) {
    if (typeof value === "string") return value;
    throw mismatch(path, "a string", value);
  }
  return value;
}

function mismatch(path: string, expected: string, value: unknown): ServiceError {
  const received = Array.isArray(value)
    ? "a list"
    : value === null
      ? "null"
      : typeof value === "object"
        ? "a structure"
        : typeof value === "string"
          ? "a string"
          : `${value}`;
  const where = path === "" ? "The request" : path;
  return new ServiceError("SerializationException", `${where} must be ${expected}, not ${received}.`, {
    facts: { path, expected, received },
  });
}

function write(shape: NormalizedSchema, value: unknown, options: JsonOptions): unknown {
  if (value === null || value === undefined) return undefined;
  if (shape.isDocumentSchema()) return value;
  if (shape.isStructSchema()) {
    const result: Record<string, unknown> = {};
    for (const [name, member] of shape.structIterator()) {
      const one = write(member, (value as Record<string, unknown>)[name], options);
      if (one !== undefined) result[options.jsonNames ? (member.getMergedTraits().jsonName ?? name) : name] = one;
    }
    return result;
  }
  if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    return (value as unknown[]).map((entry) => write(item, entry, options) ?? null);
  }
  if (shape.isMapSchema()) {
    const item = shape.getValueSchema();
    return Object.fromEntries(
      Object.entries(value as object).map(([key, entry]) => [key, write(item, entry, options) ?? null]),
    );
  }
  if (shape.isTimestampSchema()) {
    return writeTimestamp(value as Date, timestampFormat(shape.getSchema(), "epoch-seconds"));
  }
  if (shape.isBlobSchema()) return Buffer.from(value as Uint8Array).toString("base64");
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value;
}
