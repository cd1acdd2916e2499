import { mkdir, open, stat, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { ServingError } from "../errors";
import { readIfThere, withLock, writeDurably } from "../files/durable";
import { type AuditFact, type AuditHead, GENESIS, sealed } from "./entry";

/** Takes what has to be on record. */
export interface AuditLog {
  /**
   * Takes a fact for the log, off the request's path; it is on disk shortly after.
   *
   * @throws {@link ServingError} `audit_unavailable` when the log cannot be written or is too far behind: then nothing may
   *   be decided.
   */
  record(fact: AuditFact): void;
  /** Resolves when everything taken so far is on disk. */
  flush(): Promise<void>;
}

/** Facts that may wait for the disk. */
const MOST_WAITING = 50_000;

/** How long a fact may wait for others to be written with it. */
const GROUP_MS = 50;

/** What a file log needs. */
export interface FileAuditLogOptions {
  readonly path: string;
  readonly secret: Uint8Array;
  /** @default the system's clock */
  readonly now?: () => Date;
}

/**
 * The audit log in one file of JSON lines, each sealed to the one before; several processes may write it. Where it ends is
 * kept beside it, so that lines cut off at the end are missed too. Lines are written in groups: one group is on disk before
 * the next begins.
 */
export function fileAuditLog({ path, secret, now = () => new Date() }: FileAuditLogOptions): AuditLog {
  let waiting: (AuditFact & { at: string })[] = [];
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failure: unknown;

  async function drain(): Promise<void> {
    if (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        await appendGroup(path, secret, group);
        failure = undefined;
      } catch (error) {
        failure = error;
        waiting = [...group, ...waiting];
      }
    }
  }

  /** Waits a little before it writes, so that busy moments make few large groups. */
  function startSoon(): void {
    timer ??= setTimeout(() => void start(), GROUP_MS);
  }

  function start(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    running ??= drain().finally(() => {
      running = undefined;
      if (waiting.length > 0 && failure === undefined) startSoon();
    });
    return running;
  }

  return {
    record(fact) {
      if (waiting.length >= MOST_WAITING) throw unavailable(path, failure);
      waiting.push({ ...fact, at: now().toISOString() });
      startSoon();
      if (failure !== undefined) throw unavailable(path, failure);
    },
    async flush() {
      while (waiting.length > 0 || running !== undefined) {
        await start();
        if (failure !== undefined) throw unavailable(path, failure);
      }
    },
  };
}

function unavailable(path: string, cause: unknown): ServingError {
  return new ServingError("audit_unavailable", `The audit log ${path} cannot be written.`, { cause });
}

async function appendGroup(
  path: string,
  secret: Uint8Array,
  group: readonly (AuditFact & { at: string })[],
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await withLock(`${path}.lock`, async () => {
    let head = await endOf(path);
    let text = "";
    for (const fact of group) {
      const next = sealed(secret, head, fact);
      text += next.line;
      head = next.head;
    }
    const file = await open(path, "a", 0o600);
    try {
      await file.appendFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await writeDurably(headPath(path), `${JSON.stringify({ format: 1, ...head })}\n`);
  });
}

/** Where the log's end is kept. */
export function headPath(path: string): string {
  return `${path}.head`;
}

const TAIL_BYTES = 64 * 1024;

/**
 * Where the log ends: after its last line, or where it is known to have ended when lines are missing, so that the gap they
 * left stays visible.
 */
async function endOf(path: string): Promise<AuditHead> {
  const kept = headOf((await readIfThere(headPath(path))) ?? "");
  const last = await lastLine(path);
  return last.seq > kept.seq ? last : kept;
}

/** The last whole line; half a line, left by a power cut, is cut off. */
async function lastLine(path: string): Promise<AuditHead> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) return headOf("");
  const file = await open(path, "r");
  const length = Math.min(size, TAIL_BYTES);
  const tail = Buffer.alloc(length);
  await file.read(tail, 0, length, size - length).finally(() => file.close());
  const end = tail.lastIndexOf(10);
  if (end !== length - 1) await truncate(path, size - length + end + 1);
  const start = end <= 0 ? 0 : tail.lastIndexOf(10, end - 1) + 1;
  return headOf(tail.subarray(start, end).toString());
}

/** Sequence and mac of a line or of a kept end; a log without either begins. */
export function headOf(text: string): AuditHead {
  try {
    const { seq, mac } = JSON.parse(text) as Partial<AuditHead>;
    if (typeof seq === "number" && typeof mac === "string") return { seq, mac };
  } catch {
    // Not a line: verification will say so; the chain goes on from nothing.
  }
  return { seq: 0, mac: GENESIS };
}
