import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { readIfThere } from "../files/durable";
import { type AuditEntry, chain, GENESIS } from "./entry";
import { headOf, headPath } from "./log";

/** What the check of an audit log found. */
export type AuditVerdict =
  | { readonly ok: true; readonly lines: number; readonly last: string | undefined }
  | { readonly ok: false; readonly lines: number; readonly line: number; readonly reason: string };

/**
 * Checks every line of an audit log: any that was changed, removed, added or moved breaks the chain where it happened, and
 * lines missing at the end are known from the end that is kept beside the log.
 */
export async function verifyAuditLog(path: string, secret: Uint8Array): Promise<AuditVerdict> {
  const kept = await readIfThere(headPath(path));
  let head = { seq: 0, mac: GENESIS };
  let last: string | undefined;
  let seen = kept === undefined;
  const expected = headOf(kept ?? "");
  if (existsSync(path)) {
    for await (const text of createInterface({
      input: createReadStream(path, "utf8"),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      const line = head.seq + 1;
      const checked = check(text, head, secret);
      if (typeof checked === "string") return { ok: false, lines: head.seq, line, reason: checked };
      head = { seq: checked.seq, mac: checked.mac };
      last = checked.at;
      if (head.seq === expected.seq) {
        if (head.mac !== expected.mac)
          return { ok: false, lines: head.seq, line, reason: "the line is not the one that was last written" };
        seen = true;
      }
    }
  }
  if (!seen) {
    const reason = `the log ends here, and ${expected.seq} lines were written: the rest was removed`;
    return { ok: false, lines: head.seq, line: head.seq + 1, reason };
  }
  if (kept === undefined && head.seq > 0) {
    return {
      ok: false,
      lines: head.seq,
      line: head.seq + 1,
      reason: `${headPath(path)} is missing, so nobody can say that the log is whole`,
    };
  }
  return { ok: true, lines: head.seq, last };
}

function check(text: string, head: { seq: number; mac: string }, secret: Uint8Array): AuditEntry | string {
  const seal = /^(.*),"mac":"([0-9a-f]{64})"\}$/.exec(text);
  if (seal === null) return "the line is not one of an audit log";
  const content = `${seal[1]}}`;
  const entry = parse(text);
  if (entry === undefined) return "the line is not one of an audit log";
  if (entry.seq !== head.seq + 1)
    return `line ${head.seq + 1} is due here, and this is line ${entry.seq}: lines were removed or moved`;
  if (chain(secret, head.mac, content) !== seal[2]) return "the line, or the one before it, was changed";
  return entry;
}

function parse(text: string): AuditEntry | undefined {
  try {
    return JSON.parse(text) as AuditEntry;
  } catch {
    return undefined;
  }
}
