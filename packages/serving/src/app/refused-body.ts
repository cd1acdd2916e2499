import type { z } from "zod";
import { fieldPointer, Problem, type ProblemDetail } from "./problem";

/** The problem of a body that does not keep its schema; every bad field is named. */
export function refusedBody(error: z.ZodError, body: unknown): Problem {
  const errors = error.issues.flatMap((issue): ProblemDetail[] => {
    const names = issue.code === "unrecognized_keys" ? issue.keys : [issue.path.map(String).join("/")];
    return names.map((name) => {
      const received = receivedAt(body, name);
      const message = `${name === "" ? "The body" : name}: ${issue.code === "unrecognized_keys" ? "there is no such field" : issue.message}.`;
      return { code: issue.code, path: fieldPointer(name), message, ...(received === undefined ? {} : { received }) };
    });
  });
  const fields = errors.length === 1 ? "1 field is" : `${errors.length} fields are`;
  return new Problem("body_invalid", `${fields} not valid. Every one is listed in "errors".`, { errors });
}

function receivedAt(body: unknown, name: string): unknown {
  const value =
    typeof body === "object" && body !== null && Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined;
  if (typeof value === "string") return value.slice(0, 200);
  return typeof value === "number" || typeof value === "boolean" || value === null ? value : undefined;
}
