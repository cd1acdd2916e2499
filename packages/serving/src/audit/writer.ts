import { closeSync, fdatasync, fstatSync, openSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import { withLock, writeDurably } from "../files/durable";
import { type AuditEnd, findEnd } from "./end";
import { entryTexts } from "./entry";
import { closeFile, headPath, statOf } from "./files";
import { headText, MOST_IN_BLOCK, sealedBlock } from "./seal";

/** When a log's present file is put away. Nothing is ever deleted. */
export interface Rotation {
  /** From this size on. @default 64 MiB */
  readonly bytes?: number;
  /** When a line of another day (UTC) than its first is due. @default true */
  readonly daily?: boolean;
}

/** What a writer needs. */
export interface AuditWriterOptions {
  readonly path: string;
  readonly secret: Uint8Array;
  readonly rotation: Rotation;
  readonly now: () => Date;
}

/** Only waiting for the disk is left to another thread: the other calls take microseconds, less than the way there. */
const sync = promisify(fdatasync);

const USUAL_BYTES = 64 * 1024 * 1024;

/** Appends groups of entries to a log's files, one group at a time, under a lock that all its writers share. */
export class AuditWriter {
  readonly #options: AuditWriterOptions;
  /** Where this writer left the log; holds as long as nobody else has written. */
  #end: AuditEnd | undefined;

  constructor(options: AuditWriterOptions) {
    this.#options = options;
  }

  /** Appends entries; they are on disk when the promise resolves. A group that failed half-way may be given again. */
  async append(entries: readonly string[]): Promise<void> {
    const { path } = this.#options;
    await withLock(`${path}.lock`, async () => {
      const before = await this.#present();
      this.#end = undefined;
      const group = before.repaired === undefined ? entries : [this.#repairEntry(before.repaired), ...entries];
      this.#end = await this.#write(before, group);
    });
  }

  async #present(): Promise<AuditEnd> {
    const { path, secret } = this.#options;
    const known = this.#end;
    if (known !== undefined) {
      const { size, inode } = statOf(path);
      if (size === known.size && inode === known.inode) return this.#rotated(known);
    }
    return this.#rotated(await findEnd(path, secret));
  }

  async #rotated(end: AuditEnd): Promise<AuditEnd> {
    const { path, rotation, now } = this.#options;
    const { first, size, head } = end;
    if (first === undefined) return end;
    const full = size >= (rotation.bytes ?? USUAL_BYTES);
    const old = rotation.daily !== false && first.day < now().toISOString().slice(0, 10);
    if (!full && !old) return end;
    await closeFile(path, first.seq, head.seq);
    return { ...end, first: undefined, size: 0, inode: 0 };
  }

  async #write({ head: before, first, size }: AuditEnd, entries: readonly string[]): Promise<AuditEnd> {
    const { path, secret, now } = this.#options;
    let head = before;
    let text = "";
    for (let at = 0; at < entries.length; at += MOST_IN_BLOCK) {
      const block = sealedBlock(secret, head, entries.slice(at, at + MOST_IN_BLOCK));
      text += block.text;
      head = block.head;
    }
    const bytes = Buffer.from(text);
    const file = openSync(path, "a", 0o600);
    try {
      writeAll(file, bytes);
      await sync(file);
      const { ino: inode } = fstatSync(file);
      await writeHead(path, headText(secret, head));
      const begun = first ?? { seq: before.seq + 1, day: now().toISOString().slice(0, 10) };
      return { head, first: begun, size: size + bytes.length, inode, repaired: undefined };
    } finally {
      closeSync(file);
    }
  }

  #repairEntry(about: NonNullable<AuditEnd["repaired"]>): string {
    return entryTexts()({ who: "audit", what: "audit_recovered", about }, this.#options.now());
  }
}

/**
 * Writes where the log ends, after the lines are on disk: whatever a power cut leaves, the end that is kept is never ahead
 * of the log, and lines behind it are still under the chain. All heads have one length, so one write replaces another.
 */
async function writeHead(path: string, text: string): Promise<void> {
  const file = openIfThere(headPath(path));
  if (file === undefined) {
    await writeDurably(headPath(path), text);
    return;
  }
  try {
    writeSync(file, text, 0);
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
