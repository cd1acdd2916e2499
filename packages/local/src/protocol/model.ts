import { NormalizedSchema } from "@smithy/core/schema";
import type { $SchemaRef, StaticErrorSchema, StaticOperationSchema } from "@smithy/types";

const operationKind = 9;
const errorKind = -3;

/** A service as its AWS SDK client describes it: every operation's and error's schema, also of what is not emulated. */
export interface ServiceModel {
  operation(name: string): StaticOperationSchema | undefined;
  operations(): readonly StaticOperationSchema[];
  error(name: string): StaticErrorSchema | undefined;
}

/** Reads the schemas that a client module exports (`CreateTrainingJob$` …). */
export function modelOfClient(client: object): ServiceModel {
  const operations = new Map<string, StaticOperationSchema>();
  const errors = new Map<string, StaticErrorSchema>();
  for (const [name, schema] of Object.entries(client)) {
    if (!name.endsWith("$") || !Array.isArray(schema)) continue;
    if (schema[0] === operationKind) operations.set(schema[2], schema as unknown as StaticOperationSchema);
    if (schema[0] === errorKind) errors.set(schema[2], schema as unknown as StaticErrorSchema);
  }
  return {
    operation: (name) => operations.get(name),
    operations: () => [...operations.values()],
    error: (name) => errors.get(name),
  };
}

/** An operation's name in the service model. */
export const operationName = (schema: StaticOperationSchema): string => schema[2];

/** The shape of an operation's input. */
export const inputShape = (schema: StaticOperationSchema): NormalizedSchema => shapeOf(schema[4]);

/** The shape of an operation's output. */
export const outputShape = (schema: StaticOperationSchema): NormalizedSchema => shapeOf(schema[5]);

// NormalizedSchema.of makes a new wrapper for each list schema; wrappers cache what they derive, so keep them.
const shapes = new WeakMap<object, NormalizedSchema>();

function shapeOf(reference: $SchemaRef): NormalizedSchema {
  if (typeof reference !== "function" && (typeof reference !== "object" || reference === null)) {
    return NormalizedSchema.of(reference);
  }
  const known = shapes.get(reference);
  if (known) return known;
  const shape = NormalizedSchema.of(reference);
  shapes.set(reference, shape);
  return shape;
}

/** Members that a structure requires; clients list them first and say how many there are. */
export function requiredMembers(shape: NormalizedSchema): readonly string[] {
  const schema = shape.getSchema();
  if (!Array.isArray(schema)) return [];
  const names = (schema[4] ?? []) as string[];
  return names.slice(0, (schema[6] as number | undefined) ?? 0);
}

/** An operation's HTTP binding; undefined for the protocols that have none. */
export interface HttpBinding {
  method: string;
  /** Path segments: literal text, or the member that stands there. */
  segments: readonly (string | { member: string; greedy: boolean })[];
  /** Query keys and values that name the operation. `x-id` only repeats the operation's name. */
  literals: readonly (readonly [string, string])[];
  status: number;
}

const bindings = new WeakMap<StaticOperationSchema, HttpBinding>();

/** The `http` trait of an operation, parsed. */
export function httpBinding(schema: StaticOperationSchema): HttpBinding | undefined {
  const known = bindings.get(schema);
  if (known) return known;
  const traits = schema[3];
  if (typeof traits !== "object" || !traits.http) return undefined;
  const [method, uri, status] = traits.http;
  const [path = "/", query = ""] = uri.split("?");
  const binding: HttpBinding = {
    method,
    segments: path
      .split("/")
      .slice(1)
      .filter((segment, index) => segment !== "" || index > 0)
      .map(parseSegment),
    literals: [...new URLSearchParams(query)].filter(([key]) => key !== "x-id"),
    status,
  };
  bindings.set(schema, binding);
  return binding;
}

function parseSegment(segment: string): HttpBinding["segments"][number] {
  if (!segment.startsWith("{")) return segment;
  const greedy = segment.endsWith("+}");
  return { member: segment.slice(1, greedy ? -2 : -1), greedy };
}
