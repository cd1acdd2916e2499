import { createHash } from "node:crypto";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** What a job's name is made of. */
export interface JobNameParts {
  readonly executionId: string;
  readonly step: string;
  /** From 1. */
  readonly attempt: number;
  /** The name that the step's arguments give as prefix. @default `pipelines` */
  readonly prefix?: string;
  /** Longest name that the service accepts. */
  readonly maxLength: number;
}

/**
 * The name of the job that an attempt of a step starts, in AWS's form `pipelines-<execution>-<step, cut to 20>-<10 characters>`. The last
 * part is a digest of execution, step and attempt, so a creation repeated after a crash meets the job it created before.
 */
export function jobName({ executionId, step, attempt, prefix, maxLength }: JobNameParts): string {
  const token = tokenOf(executionId, step, attempt);
  if (prefix !== undefined) {
    const rest = `-${executionId}-${token}-${attempt - 1}`;
    return trimmed(prefix, maxLength - rest.length) + rest;
  }
  const long = `pipelines-${executionId}-${trimmed(step, 20)}-${token}`;
  if (long.length <= maxLength) return long;
  // Tuning jobs have 32 characters: the execution and the token fill most of them.
  const room = maxLength - executionId.length - token.length - 2;
  return `${executionId}-${trimmed(step, room)}-${token}`;
}

/** Ten letters and digits that only depend on the arguments. */
export function tokenOf(executionId: string, step: string, attempt: number): string {
  const digest = createHash("sha256").update(`${executionId}\n${step}\n${attempt}`).digest();
  return Array.from(digest.subarray(0, 10), (byte) => alphabet[byte % alphabet.length]).join("");
}

/** Cut to a length, and fit for job names, which may hold hyphens only between other characters. */
function trimmed(text: string, length: number): string {
  const safe = text.replace(/[^A-Za-z0-9-]/g, "-").slice(0, length);
  return safe.replace(/^-+|-+$/g, "") || "step";
}
