import type { z } from "zod";
import { fieldPointer, Problem, type ProblemDetail } from "./problem";

/**
 * The problem of a body that does not keep its schema; every bad field is named, with what was received and what is allowed.
 *
 * @param allowed - what each field may be, in words
 */
export function refusedBody(error: z.ZodError, body: unknown, allowed: Readonly<Record<string, string>>): Problem {
  const fields = Object.keys(allowed).join(" and ");
  const errors = error.issues.flatMap((issue): ProblemDetail[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((name) =>
        detail(issue.code, name, body, { why: "there is no such field", allowed: `only ${fields}` }),
      );
    }
    const name = issue.path.map(String).join("/");
    const words = allowed[name] ?? `a JSON object with ${fields}`;
    return [detail(issue.code, name, body, { why: issue.message, allowed: words })];
  });
  const count = errors.length === 1 ? "1 field is" : `${errors.length} fields are`;
  return new Problem("body_invalid", `${count} not valid. Every one is listed in "errors".`, { errors });
}

function detail(
  code: string,
  name: string,
  body: unknown,
  { why, allowed }: { readonly why: string; readonly allowed: string },
): ProblemDetail {
  const received = receivedAt(body, name);
  const message = `${name === "" ? "The body" : name}: ${why}. Give ${allowed}.`;
  return { code, path: fieldPointer(name), message, ...(received === undefined ? {} : { received }), allowed };
}

function receivedAt(body: unknown, name: string): unknown {
  const value =
    typeof body === "object" && body !== null && Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined;
  if (typeof value === "string") return value.slice(0, 200);
  return typeof value === "number" || typeof value === "boolean" || value === null ? value : undefined;
}
