import { appendFile, truncate } from "node:fs/promises";
import { readIfThere } from "../files/durable";
import { type AuditHead, BEGINNING } from "./entry";
import { bytesFrom, closedFiles, headPath, statOf, tornPath } from "./files";
import { headOf, sealedLineOf, sealOf } from "./seal";

/** Where a log goes on, as its files say. */
export interface AuditEnd {
  readonly head: AuditHead;
  /** The present file: its first line's number and UTC day, undefined while it has no line; its size and identity. */
  readonly first: { readonly seq: number; readonly day: string } | undefined;
  readonly size: number;
  readonly inode: number;
  /** What was found wrong, to be put on record. */
  readonly repaired: Readonly<Record<string, string | number | boolean>> | undefined;
}

/**
 * Finds where a log goes on: after its last seal, or where it is known to have ended when lines are missing, so that the
 * gap they left stays visible. What a killed process left behind the last seal is put aside, not sealed: nobody can say
 * who wrote it.
 */
export async function findEnd(path: string, secret: Uint8Array): Promise<AuditEnd> {
  const kept = await readIfThere(headPath(path));
  const known = kept === undefined ? undefined : headOf(secret, kept);
  const found = await lastSealed(path);
  const tornBytes = found.tail.length;
  if (tornBytes > 0) {
    await appendFile(tornPath(path), Buffer.from(found.tail, "latin1"), { mode: 0o600 });
    await truncate(path, found.size - tornBytes);
  }
  const size = found.size - tornBytes;
  const written = size > 0 ? found.head : await endOfClosed(path);
  const head = known !== undefined && known.seq > written.seq ? { seq: known.seq, mac: known.mac } : written;
  const doubted = kept !== undefined && known === undefined;
  const repaired =
    tornBytes > 0 || doubted
      ? { ...(tornBytes > 0 ? { tornBytes } : {}), ...(doubted ? { headRefused: true } : {}) }
      : undefined;
  return { head, first: size > 0 ? await firstOf(path, size) : undefined, size, inode: found.inode, repaired };
}

async function endOfClosed(path: string): Promise<AuditHead> {
  const newest = (await closedFiles(path)).at(-1);
  return newest === undefined ? BEGINNING : (await lastSealed(newest.path)).head;
}

const WINDOW_BYTES = 64 * 1024;

/** The last seal of a file, and the bytes behind it; the file is read from its end, as far back as it takes. */
async function lastSealed(
  path: string,
): Promise<{ readonly head: AuditHead; readonly tail: string; readonly size: number; readonly inode: number }> {
  const { size, inode } = statOf(path);
  for (let window = WINDOW_BYTES; ; window *= 4) {
    const start = Math.max(0, size - window);
    const text = size === 0 ? "" : await bytesFrom(path, start, size);
    for (let end = text.lastIndexOf("\n"); end !== -1; end = text.lastIndexOf("\n", end - 1)) {
      const begin = end === 0 ? 0 : text.lastIndexOf("\n", end - 1) + 1;
      const whole = begin > 0 || start === 0;
      const head = whole ? sealedHead(text.slice(begin, end)) : undefined;
      if (head !== undefined) return { head, tail: text.slice(end + 1), size, inode };
      if (begin === 0) break;
    }
    if (start === 0) return { head: BEGINNING, tail: text, size, inode };
  }
}

function sealedHead(line: string): AuditHead | undefined {
  const seal = sealOf(line);
  if (seal !== undefined) return { seq: seal.to, mac: seal.mac };
  const sealed = sealedLineOf(line);
  return sealed === undefined ? undefined : { seq: sealed.seq, mac: sealed.mac };
}

async function firstOf(path: string, size: number): Promise<AuditEnd["first"]> {
  const match = /^\{"seq":(\d+),"at":"(\d{4}-\d\d-\d\d)/.exec(await bytesFrom(path, 0, Math.min(size, 200)));
  return match === null ? undefined : { seq: Number(match[1]), day: match[2] ?? "" };
}
