import { child, show } from "../issue";
import { matchesPattern } from "./pattern";
import { type Shape, shapeNamed } from "./table";
import { hasType, nameOfType } from "./types";
import type { Violation, ViolationCode } from "./violation";

/** Whether a value stands for another one, given the type that is due (`string`, `list` ...) and the path. */
export type StandsIn = (value: unknown, type: string, path: string) => boolean;

/** Where findings go, and which values are not looked into. */
export interface Walk {
  readonly found: Violation[];
  readonly standsIn: StandsIn;
}

/** A value and where it is in the request. */
export interface Place<T = unknown> {
  readonly value: T;
  readonly path: string;
}

type Members = Readonly<Record<string, unknown>>;

/** Compares a value with a shape of the service model. */
export function checkShape(shape: Shape, place: Place, walk: Walk): void {
  const { value, path } = place;
  if (walk.standsIn(value, shape.t, path)) return;
  if (!hasType(shape.t, value)) {
    const due = nameOfType(shape.t);
    const quoted = shape.t === "string" && typeof value === "number";
    const text = quoted ? `is a number where text is due. Write "${value}"` : `is not ${due}. Give ${due}`;
    report(walk, place, {
      code: "type",
      constraint: `Member must be of type ${shape.t}`,
      text,
      facts: { expected: shape.t },
    });
    return;
  }
  if (shape.t === "structure") checkStructure(shape, place as Place<Members>, walk);
  else if (shape.t === "list") checkList(shape, place as Place<unknown[]>, walk);
  else if (shape.t === "map") checkMap(shape, place as Place<Members>, walk);
  else if (shape.t === "string") checkText(shape, place as Place<string>, walk);
  else if (typeof value === "number") checkBounds(shape, place, { kind: "value", size: value }, walk);
}

function checkStructure(shape: Shape, place: Place<Members>, walk: Walk): void {
  const members = shape.m ?? {};
  for (const name of shape.r ?? []) {
    if (!absent(place.value[name])) continue;
    report(walk, at(place, name), {
      code: "required",
      constraint: "Member must not be null",
      text: "is missing. Give it",
      facts: { member: name },
    });
  }
  for (const [name, member] of Object.entries(place.value)) {
    if (member === undefined) continue;
    const inner = Object.hasOwn(members, name) ? shapeNamed(members[name]) : undefined;
    if (inner === undefined) reportUnknown(walk, at(place, name), { name, members });
    else if (member !== null) checkShape(inner, at(place, name), walk);
  }
  const given = Object.values(place.value).filter((member) => !absent(member)).length;
  if (shape.u && given !== 1) {
    const names = Object.keys(members);
    report(walk, place, {
      code: "union",
      constraint: "Exactly one member must be set",
      text: `has ${given} members where one is due. Give one of ${names.join(", ")}`,
      facts: { members: names },
    });
  }
}

function reportUnknown(walk: Walk, place: Place, { name, members }: { name: string; members: Members }): void {
  const near = Object.keys(members).find((known) => known.toLowerCase() === name.toLowerCase());
  const text = `is no member of this request. ${near ? `Write ${near}` : "Remove it"}`;
  report(walk, place, {
    code: "unknown_member",
    constraint: "Member is not known",
    text,
    facts: { member: name, ...(near && { near }) },
  });
}

function checkList(shape: Shape, place: Place<readonly unknown[]>, walk: Walk): void {
  checkBounds(shape, place, { kind: "items", size: place.value.length }, walk);
  const item = shapeNamed(shape.i);
  if (item === undefined) return;
  for (const [index, value] of place.value.entries()) checkShape(item, { value, path: child(place.path, index) }, walk);
}

function checkMap(shape: Shape, place: Place<Members>, walk: Walk): void {
  const keys = Object.keys(place.value).filter((key) => place.value[key] !== undefined);
  checkBounds(shape, place, { kind: "items", size: keys.length }, walk);
  const keyShape = shapeNamed(shape.k);
  const valueShape = shapeNamed(shape.v);
  for (const key of keys) {
    if (keyShape) checkText(keyShape, { value: key, path: child(place.path, key) }, walk);
    if (valueShape) checkShape(valueShape, at(place, key), walk);
  }
}

function checkText(shape: Shape, place: Place<string>, walk: Walk): void {
  const { value } = place;
  if (shape.e && !shape.e.includes(value)) {
    const all = shape.e.join(", ");
    const few = shape.e.length <= 12 ? `one of ${all}` : "a value that the service knows";
    report(walk, place, {
      code: "enum",
      constraint: `Member must satisfy enum value set: [${all}]`,
      text: `is not allowed. Give ${few}`,
      facts: { allowed: shape.e },
    });
  }
  const before = walk.found.length;
  checkBounds(shape, place, { kind: "length", size: value.length }, walk);
  // A text that is too long is not matched: its length is the finding, and backtracking stays bounded.
  if (shape.p === undefined || walk.found.length > before || matchesPattern(shape.p, value)) return;
  report(walk, place, {
    code: "pattern",
    constraint: `Member must satisfy regular expression pattern: ${shape.p}`,
    text: `does not match ${shape.p}. Give a value of that form`,
    facts: { pattern: shape.p },
  });
}

const sizes = {
  length: { one: " character", many: " characters", phrase: "have length" },
  items: { one: " item", many: " items", phrase: "have length" },
  value: { one: "", many: "", phrase: "have value" },
} as const;

interface Size {
  readonly kind: keyof typeof sizes;
  readonly size: number;
}

function checkBounds(shape: Shape, place: Place, { kind, size }: Size, walk: Walk): void {
  const { one, many, phrase } = sizes[kind];
  const units = (count: number) => `${count}${count === 1 ? one : many}`;
  const received = kind === "value" ? "is" : `has ${units(size)}, which is`;
  const bound = (code: ViolationCode, limit: number, [words, side, least]: readonly [string, string, string]) => {
    const constraint = `Member must ${phrase} ${words} than or equal to ${limit}`;
    const text = `${received} ${side} the limit of ${limit}. Give at ${least} ${units(limit)}`;
    report(walk, place, { code, constraint, text, facts: { limit, received: size } });
  };
  if (shape.a !== undefined && size < shape.a) bound(`min_${kind}`, shape.a, ["greater", "below", "least"]);
  if (shape.z !== undefined && size > shape.z) bound(`max_${kind}`, shape.z, ["less", "above", "most"]);
}

interface Finding {
  readonly code: ViolationCode;
  readonly constraint: string;
  /** The sentence after its subject. */
  readonly text: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

function report(walk: Walk, { value, path }: Place, { code, constraint, text, facts }: Finding): void {
  const named = code === "required" || code === "unknown_member";
  const subject = named ? (/([^.[\]]+)\]?$/.exec(path)?.[1] ?? path) : show(value);
  walk.found.push({ path, code, value, constraint, message: `${subject} ${text}.`, facts: { ...facts, constraint } });
}

function at(place: Place<Members>, member: string): Place {
  return { value: place.value[member], path: child(place.path, member) };
}

function absent(value: unknown): boolean {
  return value === undefined || value === null;
}
