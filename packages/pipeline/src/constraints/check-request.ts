import { child, show } from "../issue";
import { matchesPattern } from "./pattern";
import { requestShape, type Shape, shapeNamed } from "./table";

/** Rules of the service model. */
export type ViolationCode =
  | "required"
  | "unknown_member"
  | "type"
  | "enum"
  | "pattern"
  | "min_length"
  | "max_length"
  | "min_items"
  | "max_items"
  | "min_value"
  | "max_value"
  | "union";

/** One place where a request breaks the service model. */
export interface Violation {
  /** From the request: `ProductionVariants[0].ModelName`. */
  readonly path: string;
  readonly code: ViolationCode;
  /** What was received; undefined for a missing member. */
  readonly value: unknown;
  /** The rule in AWS's words: `Member must have length less than or equal to 63`. */
  readonly constraint: string;
  /** The rule in ours, with a remedy. */
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Whether a value stands for another one, given the type that is due (`string`, `list` ...) and the path. */
export type StandsIn = (value: unknown, type: string, path: string) => boolean;

/** How a request is checked. */
export interface CheckOptions {
  /** Values that stand for another one and are not looked into, such as expressions of a pipeline. @default none */
  readonly standsIn?: StandsIn;
  /** Members of the request that need not be there, because somebody else sets them. @default none */
  readonly setByOthers?: readonly string[];
}

/**
 * Compares a request with AWS's service model. Returns every violation; none for an operation that the table does not
 * have (`checkedOperations()` lists those it has).
 */
export function checkRequest(operation: string, input: unknown, options: CheckOptions = {}): Violation[] {
  const shape = requestShape(operation);
  if (shape === undefined) return [];
  const ours = new Set(options.setByOthers);
  const root: Shape = ours.size ? { ...shape, r: shape.r?.filter((name) => !ours.has(name)) ?? [] } : shape;
  const found: Violation[] = [];
  checkShape(root, input ?? {}, "", { found, standsIn: options.standsIn ?? (() => false) });
  return found;
}

interface Walk {
  readonly found: Violation[];
  readonly standsIn: StandsIn;
}

function checkShape(shape: Shape, value: unknown, path: string, walk: Walk): void {
  if (walk.standsIn(value, shape.t, path)) return;
  if (!hasType(shape.t, value)) {
    add(walk, path, "type", value, `Member must be of type ${shape.t}`, typeRemedy(shape.t, value), {
      expected: shape.t,
    });
    return;
  }
  if (shape.t === "structure") checkStructure(shape, value as Record<string, unknown>, path, walk);
  else if (shape.t === "list") checkList(shape, value as unknown[], path, walk);
  else if (shape.t === "map") checkMap(shape, value as Record<string, unknown>, path, walk);
  else if (shape.t === "string") checkText(shape, value as string, path, walk);
  else if (typeof value === "number") checkBounds(shape, value, path, walk, "value");
}

function checkStructure(shape: Shape, value: Record<string, unknown>, path: string, walk: Walk): void {
  const members = shape.m ?? {};
  for (const name of shape.r ?? []) {
    if (absent(value[name])) {
      add(walk, child(path, name), "required", value[name], "Member must not be null", "is missing. Give it", {
        member: name,
      });
    }
  }
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const inner = Object.hasOwn(members, name) ? shapeNamed(members[name]) : undefined;
    if (inner === undefined) {
      const near = Object.keys(members).find((known) => known.toLowerCase() === name.toLowerCase());
      const remedy = near ? `Write ${near}` : "Remove it";
      add(
        walk,
        child(path, name),
        "unknown_member",
        member,
        "Member is not known",
        `is no member of this request. ${remedy}`,
        { member: name, ...(near && { near }) },
      );
    } else if (member !== null) checkShape(inner, member, child(path, name), walk);
  }
  if (shape.u && Object.values(value).filter((member) => !absent(member)).length !== 1) {
    add(
      walk,
      path,
      "union",
      value,
      "Exactly one member must be set",
      `needs exactly one of ${Object.keys(members).join(", ")}`,
      { members: Object.keys(members) },
    );
  }
}

function checkList(shape: Shape, value: readonly unknown[], path: string, walk: Walk): void {
  checkBounds(shape, value.length, path, walk, "items", value);
  const item = shapeNamed(shape.i);
  if (item === undefined) return;
  value.forEach((one, index) => {
    checkShape(item, one, child(path, index), walk);
  });
}

function checkMap(shape: Shape, value: Record<string, unknown>, path: string, walk: Walk): void {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  checkBounds(shape, entries.length, path, walk, "items", value);
  const keyShape = shapeNamed(shape.k);
  const valueShape = shapeNamed(shape.v);
  for (const [key, member] of entries) {
    if (keyShape) checkText(keyShape, key, child(path, key), walk);
    if (valueShape) checkShape(valueShape, member, child(path, key), walk);
  }
}

function checkText(shape: Shape, value: string, path: string, walk: Walk): void {
  if (shape.e && !shape.e.includes(value)) {
    const allowed = `[${shape.e.join(", ")}]`;
    const few = shape.e.length <= 12 ? `one of ${shape.e.join(", ")}` : "a value that the service knows";
    add(walk, path, "enum", value, `Member must satisfy enum value set: ${allowed}`, `is not allowed. Give ${few}`, {
      allowed: shape.e,
    });
  }
  const before = walk.found.length;
  checkBounds(shape, value.length, path, walk, "length", value);
  // A text that is too long is not matched: its length is the finding, and backtracking stays bounded.
  if (shape.p !== undefined && walk.found.length === before && !matchesPattern(shape.p, value)) {
    add(
      walk,
      path,
      "pattern",
      value,
      `Member must satisfy regular expression pattern: ${shape.p}`,
      `does not match ${shape.p}. Give a value of that form`,
      { pattern: shape.p },
    );
  }
}

const sizes = {
  length: { noun: " characters", phrase: "have length" },
  items: { noun: " items", phrase: "have length" },
  value: { noun: "", phrase: "have value" },
} as const;

function checkBounds(
  shape: Shape,
  size: number,
  path: string,
  walk: Walk,
  kind: keyof typeof sizes,
  value: unknown = size,
): void {
  const { noun, phrase } = sizes[kind];
  const received = kind === "value" ? "is" : `has ${size}${noun}, which is`;
  const bound = (code: ViolationCode, words: string, limit: number, advice: string) =>
    add(walk, path, code, value, `Member must ${phrase} ${words} than or equal to ${limit}`, `${received} ${advice}`, {
      limit,
      received: size,
    });
  if (shape.a !== undefined && size < shape.a) {
    bound(
      `min_${kind}`,
      "greater",
      shape.a,
      `below the limit of ${shape.a}. Give at least ${shape.a}${noun.slice(0, shape.a === 1 ? -1 : undefined)}`,
    );
  }
  if (shape.z !== undefined && size > shape.z) {
    bound(
      `max_${kind}`,
      "less",
      shape.z,
      `above the limit of ${shape.z}. Give at most ${shape.z}${noun.slice(0, shape.z === 1 ? -1 : undefined)}`,
    );
  }
}

function add(
  walk: Walk,
  path: string,
  code: ViolationCode,
  value: unknown,
  constraint: string,
  text: string,
  facts: Record<string, unknown>,
): void {
  const subject = code === "required" || code === "unknown_member" ? lastMember(path) : show(value);
  walk.found.push({
    path,
    code,
    value,
    constraint,
    message: `${subject} ${text}.`.replace(/ {2,}/g, " "),
    facts: { ...facts, constraint },
  });
}

function typeRemedy(type: string, value: unknown): string {
  const due = names[type] ?? type;
  if (type === "string" && typeof value === "number") return `is a number where text is due. Write "${value}"`;
  return `is no ${due}. Give ${["integer", "long", "float", "double"].includes(type) ? `a ${due}` : due}`;
}

function lastMember(path: string): string {
  return /([^.[\]]+)\]?$/.exec(path)?.[1] ?? path;
}

function absent(value: unknown): boolean {
  return value === undefined || value === null;
}

const names: Record<string, string> = {
  structure: "object",
  string: "text",
  map: "object",
  integer: "whole number",
  long: "whole number",
  float: "number",
  double: "number",
  boolean: "true or false",
  timestamp: "time",
  blob: "bytes",
};

function hasType(type: string, value: unknown): boolean {
  switch (type) {
    case "structure":
    case "map":
      return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
    case "list":
      return Array.isArray(value);
    case "string":
      return typeof value === "string";
    case "integer":
    case "long":
      return typeof value === "number" && Number.isInteger(value);
    case "float":
    case "double":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "timestamp":
      return value instanceof Date || typeof value === "number" || typeof value === "string";
    default:
      return true;
  }
}
