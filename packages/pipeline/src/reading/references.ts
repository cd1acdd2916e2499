import { child } from "../issue";
import { type ParsedReference, parseReference } from "./parse-reference";

/** A `Get` found in a value. */
export interface FoundReference {
  /** The text of the `Get`. */
  readonly text: string;
  readonly reference: ParsedReference;
  /** Where the object with the `Get` is, from the value that was searched. */
  readonly path: string;
  /** The path that a `Std:JsonGet` reads in the property file which this reference names. */
  readonly jsonPath?: string;
}

/** Every `Get` in a value, in document order. `skip` says which paths to leave out. */
export function references(
  value: unknown,
  options: { readonly path?: string; readonly skip?: (path: string) => boolean } = {},
): FoundReference[] {
  const found: FoundReference[] = [];
  collect(value, options.path ?? "", options.skip ?? (() => false), found);
  return found;
}

function collect(
  value: unknown,
  path: string,
  skip: (path: string) => boolean,
  found: FoundReference[],
  jsonPath?: string,
): void {
  if (typeof value !== "object" || value === null || skip(path)) return;
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      collect(item, child(path, index), skip, found);
    });
    return;
  }
  const members = value as Record<string, unknown>;
  if (isGet(members)) {
    found.push({
      text: members.Get,
      reference: parseReference(members.Get),
      path,
      ...(jsonPath !== undefined && { jsonPath }),
    });
    return;
  }
  for (const [key, member] of Object.entries(members)) {
    const inner = key === "PropertyFile" && typeof members.Path === "string" ? members.Path : undefined;
    collect(member, child(path, key), skip, found, inner);
  }
}

/** Whether a value is `{"Get": "text"}`. */
export function isGet(value: unknown): value is { Get: string } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === "Get" && typeof (value as { Get: unknown }).Get === "string";
}

/** Whether a value has the outer form of an expression: one member, `Get` or a `Std:` function. */
export function isExpressionForm(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === "Get" || keys[0]?.startsWith("Std:") === true);
}
