import type { z } from "zod";
import type { ContractIssue } from "../errors";
import { shown } from "../text";
import { type ContractJson, columnSchema, contractSchema, targetSchema } from "./format";
import { ruleIssues } from "./rules";

/** Checks plain data as a contract: shape and the rules between members, everything at once. */
export function contractIssues(
  json: unknown,
): { ok: true; contract: ContractJson } | { ok: false; issues: ContractIssue[] } {
  const parsed = contractSchema.safeParse(json);
  const shape = parsed.success ? [] : parsed.error.issues.map((issue) => shapeIssue(issue, json));
  const issues = [...shape, ...ruleIssues(readableParts(json))];
  if (parsed.success && issues.length === 0) return { ok: true, contract: parsed.data };
  return { ok: false, issues };
}

/** The parts of a contract that can be read on their own, so that one wrong member does not hide the others' problems. */
function readableParts(json: unknown): Parameters<typeof ruleIssues>[0] {
  const data: Record<string, unknown> = typeof json === "object" && json !== null ? { ...json } : {};
  const texts = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
  const target = targetSchema.safeParse(data.target);
  const columns = Array.isArray(data.columns) ? data.columns : [];
  return {
    missing: texts(data.missing),
    id: texts(data.id),
    ignore: texts(data.ignore),
    segments: texts(data.segments),
    target: target.success ? target.data : undefined,
    columns: columns.flatMap((column) => {
      const read = columnSchema.safeParse(column);
      return read.success ? [read.data] : [];
    }),
  };
}

function shapeIssue(issue: z.core.$ZodIssue, json: unknown): ContractIssue {
  const path = pathText(issue.path, json);
  const received = at(json, issue.path);
  const message = `${path || "contract"}: ${shown(received)} does not fit. ${sentence(issue)}`;
  return { code: `shape_${issue.code}`, path, message, facts: { received: shown(received), rule: issue.message } };
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return `Give ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}.`;
  if (issue.code === "invalid_type") return `Give a value of type ${issue.expected}.`;
  if (issue.code === "unrecognized_keys") {
    return `Remove ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}: no such member exists here.`;
  }
  if (issue.code === "too_small")
    return `Give at least ${issue.minimum} ${issue.origin === "string" ? "character" : "entry"}.`;
  if (issue.code === "invalid_format")
    return "Use letters, digits and hyphens, at most 63, not starting with a hyphen.";
  return `${issue.message}.`;
}

function pathText(path: readonly PropertyKey[], json: unknown): string {
  const parts = path.map((part, index) => {
    if (index !== 1 || path[0] !== "columns") return typeof part === "number" ? `[${part}]` : `.${String(part)}`;
    const name = at(json, ["columns", part, "name"]);
    return typeof name === "string" && name !== "" ? `.${name}` : `[${String(part)}]`;
  });
  return parts.join("").replace(/^\./, "");
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, part)) return undefined;
    here = Reflect.get(here, part);
  }
  return here;
}
