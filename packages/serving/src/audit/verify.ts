import { createReadStream } from "node:fs";
import { readIfThere, withLock } from "../files/durable";
import { AuditChain, type Fault } from "./chain";
import { type AuditHead, BEGINNING } from "./entry";
import { closedFiles, headPath, statOf } from "./files";
import { headOf } from "./seal";

/** What the check of an audit log found. */
export type AuditVerdict =
  | {
      readonly ok: true;
      /** Lines that are as they were written, and the files they are in. */
      readonly lines: number;
      readonly files: number;
      /** When the last one was written. */
      readonly last: string | undefined;
      /** Where the log ends; keep it elsewhere, and give it to a later check as `since`. */
      readonly end: AuditHead;
    }
  | {
      readonly ok: false;
      /** Lines that are as they were written. */
      readonly lines: number;
      /** The number of the line that is wrong or missing, and of the last one that may be. */
      readonly line: number;
      readonly lastLine: number;
      /** Where to look: the file, and the line in it. */
      readonly file: string;
      readonly fileLine: number;
      readonly reason: string;
    };

/** How a log is checked. */
export interface VerifyOptions {
  /**
   * An end that an earlier check gave. The log must still go through it; files that lie before it whole may be missing.
   * @default the log must begin with line 1
   */
  readonly since?: AuditHead;
}

/**
 * Checks every line of an audit log, over all of its files: any line that was changed, removed, added or moved breaks the
 * chain where it happened.
 *
 * Lines missing at the end are known from the end that is kept beside the log under a mac of its own. Somebody who can
 * write the folder and brings back an older copy of both is found only by comparing with an end that was kept elsewhere
 * (`since`).
 */
export async function verifyAuditLog(
  path: string,
  secret: Uint8Array,
  { since }: VerifyOptions = {},
): Promise<AuditVerdict> {
  const { kept, sizes } = await snapshot(path);
  const chain = new AuditChain(secret, { since, expected: kept === undefined ? undefined : headOf(secret, kept) });
  let at = { file: path, fileLine: 1 };
  const failed = (fault: Fault): AuditVerdict => ({ ok: false, lines: chain.head.seq - chain.begun, ...at, ...fault });
  for (const { file, size } of sizes) {
    at = { file, fileLine: 0 };
    for await (const line of linesOf(file, size)) {
      at.fileLine += 1;
      const fault = chain.take(line);
      if (fault !== undefined) return failed(fault);
    }
    const fault = chain.endOfFile();
    if (fault !== undefined) return failed(fault);
  }
  at = { file: at.file, fileLine: at.fileLine + 1 };
  const { head } = chain;
  const here = { line: head.seq + 1, lastLine: head.seq + 1 };
  if (kept !== undefined && chain.expected === undefined) {
    return failed({ ...here, reason: `${headPath(path)} was changed, so nobody can say that the log is whole` });
  }
  if (kept === undefined && head.seq > BEGINNING.seq) {
    return failed({ ...here, reason: `${headPath(path)} is missing, so nobody can say that the log is whole` });
  }
  const fault = chain.end();
  if (fault !== undefined) return failed(fault);
  return { ok: true, lines: head.seq - chain.begun, files: sizes.length, last: chain.last, end: head };
}

/** The end that is kept and the files with their sizes, as they are between two groups of a writer. */
async function snapshot(path: string) {
  const look = async () => {
    const files = [...(await closedFiles(path)).map((closed) => closed.path), path];
    const sizes = files.map((file) => ({ file, size: statOf(file).size }));
    return { kept: await readIfThere(headPath(path)), sizes: sizes.filter(({ size }) => size > 0) };
  };
  return withLock(`${path}.lock`, look).catch((error: NodeJS.ErrnoException) => {
    // A copy that nobody can write needs no lock.
    if (error.code === "EROFS" || error.code === "EACCES") return look();
    throw error;
  });
}

/** The lines of a file's first bytes, each with its line end if it has one. */
async function* linesOf(path: string, size: number): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: size - 1, highWaterMark: 1024 * 1024 })) {
    const bytes = chunk as Buffer;
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      const line = bytes.subarray(start, end + 1);
      yield rest.length === 0 ? line : Buffer.concat([...rest, line]);
      rest = [];
      start = end + 1;
    }
    if (start < bytes.length) rest.push(bytes.subarray(start));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
