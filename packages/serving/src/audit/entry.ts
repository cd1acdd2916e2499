import { createHmac } from "node:crypto";

/** What is recorded of one decision or administrative act. Nothing in it describes a customer. */
export interface AuditFact {
  /** Id of the key, `open` without keys, `command-line` for commands. */
  readonly who: string;
  /** `predict`, `predict_batch`, `feedback`, `retrain`, `key_create`, `key_revoke`, `key_rotate`. */
  readonly what: string;
  /** The model's version, where one decided. */
  readonly model?: string;
  /** Ids, counts and names of the project's own making. */
  readonly about: Readonly<Record<string, string | number | boolean>>;
}

/** A line of the log. */
export interface AuditEntry extends AuditFact {
  /** 1 for the first line. */
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  /** HMAC-SHA-256 under the server's secret over the line before's mac and this line without its own, hexadecimal. */
  readonly mac: string;
}

/** The mac before the first line. */
export const GENESIS = "0".repeat(64);

/** Where a log ends. */
export interface AuditHead {
  readonly seq: number;
  readonly mac: string;
}

/** The mac of a line: `content` is the line's JSON without its mac. */
export function chain(secret: Uint8Array, previous: string, content: string): string {
  return createHmac("sha256", secret).update(previous).update("\n").update(content).digest("hex");
}

/** A line of the log, and where the log ends with it. */
export function sealed(
  secret: Uint8Array,
  head: AuditHead,
  fact: AuditFact & { readonly at: string },
): { readonly line: string; readonly head: AuditHead } {
  const seq = head.seq + 1;
  const { at, who, what, model, about } = fact;
  const content = JSON.stringify({ seq, at, who, what, model, about });
  const mac = chain(secret, head.mac, content);
  return { line: `${content.slice(0, -1)},"mac":"${mac}"}\n`, head: { seq, mac } };
}
