import type { Json, StepDefinition } from "../definition";
import { child } from "../issue";
import { stepKinds } from "../steps/registry";

/** Attribute name to value, in a fixed order: what decides whether an earlier result fits. */
export type CacheKeyAttributes = Record<string, Json>;

/**
 * The attributes of a step that form its cache key. Attributes that the step does not have are left out. Role, instances and
 * output folders are no part of it, so changing them does not run a step again.
 * Source: "Default cache key attributes" of the SageMaker pipelines guide.
 * @returns undefined for kinds that are never cached
 */
export function cacheKeyAttributes(
  stepType: string,
  resolvedArguments: Json,
  step: Partial<StepDefinition> = {},
): CacheKeyAttributes | undefined {
  const kind = stepKinds.get(stepType);
  if (kind === undefined || !kind.cacheable) return undefined;
  const attributes: CacheKeyAttributes = {};
  for (const name of kind.cacheKey ?? []) {
    const value = name.startsWith("@") ? member(step as Json, name.slice(1)) : attribute(resolvedArguments, name);
    if (value !== undefined && value !== null) attributes[name === "" ? "Arguments" : name.replace("@", "")] = value;
  }
  return attributes;
}

/** One difference between two cache keys. */
export interface CacheDifference {
  /** The attribute and the path into it: `HyperParameters.max_depth`. */
  readonly path: string;
  /** Undefined when it was not there. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Why a cached result does not fit: every place where two cache keys differ, in document order. */
export function explainMiss(before: CacheKeyAttributes, after: CacheKeyAttributes): CacheDifference[] {
  const found: CacheDifference[] = [];
  compare(before, after, "", found);
  return found;
}

function compare(before: Json | undefined, after: Json | undefined, path: string, found: CacheDifference[]): void {
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const index = Array.isArray(before) ? Number(key) : key;
      compare(member(before, key), member(after, key), child(path, index), found);
    }
  } else if (before !== after) found.push({ path, before, after });
}

function isContainer(value: Json | undefined): value is Json[] | { [key: string]: Json } {
  return typeof value === "object" && value !== null;
}

function attribute(value: Json, path: string): Json | undefined {
  if (path === "") return value;
  return path
    .split(".")
    .reduce<Json | undefined>((inner, name) => (inner === undefined ? inner : member(inner, name)), value);
}

function member(value: Json, name: string): Json | undefined {
  if (!isContainer(value) || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, Json>)[name];
}
