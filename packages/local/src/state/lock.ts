import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError, writeFailure } from "../errors";
import { isRunning, ownIdentity, type ProcessIdentity } from "./process-identity";

/** Who holds the state folder, and where it answers. */
export interface Holder extends ProcessIdentity {
  /** Unix socket that speaks the cloud's HTTP. */
  socket: string;
  /** The holder has closed the folder. */
  released?: boolean;
}

/** The lock of a state folder at one moment. */
export interface LockState {
  /** Counts up with every change of hands, for ever. */
  term: number;
  /** Undefined in a new folder. */
  holder: Holder | undefined;
}

/** A held lock. */
export interface Lock {
  release(): void;
}

const lockFolder = "lock";

/** Reads who holds the folder: the record of the highest term. */
export function readLock(stateDir: string): LockState {
  for (;;) {
    const term = Math.max(0, ...terms(stateDir));
    if (term === 0) return { term, holder: undefined };
    try {
      return { term, holder: JSON.parse(readFileSync(recordFile(stateDir, term), "utf8")) as Holder };
    } catch (error) {
      // Removed in the meantime by the holder of a later term: look again.
      if (isSystemError(error) && error.code === "ENOENT") continue;
      return { term, holder: undefined };
    }
  }
}

/** True when nobody can be holding the folder any more. False says only that somebody may. */
export function isFree({ holder }: LockState): boolean {
  if (!holder || holder.released) return true;
  return holder.host === ownIdentity().host && !isRunning(holder);
}

/**
 * Takes the folder over from a state that {@link isFree}.
 *
 * Every owner has a term of its own: a record `lock/<term>.json`, made by linking, which only one process can do. No
 * record is removed before a higher one exists, so a process that decided on old knowledge cannot become a second owner.
 *
 * @returns undefined when another process was faster
 */
export function takeLock(stateDir: string, seen: LockState, socket: string): Lock | undefined {
  const term = seen.term + 1;
  const holder: Holder = { ...ownIdentity(), socket };
  const file = recordFile(stateDir, term);
  const unfinished = join(stateDir, lockFolder, `${process.pid}-${term}.tmp`);
  try {
    mkdirSync(join(stateDir, lockFolder), { recursive: true });
    writeFileSync(unfinished, `${JSON.stringify(holder)}\n`);
    linkSync(unfinished, file);
  } catch (error) {
    if (isSystemError(error) && error.code === "EEXIST") return undefined;
    throw writeFailure(file, error);
  } finally {
    rmSync(unfinished, { force: true });
  }
  const all = terms(stateDir);
  if (Math.max(...all) > term) {
    // The record we decided on was long superseded.
    rmSync(file, { force: true });
    return undefined;
  }
  for (const old of all.filter((one) => one < term)) rmSync(recordFile(stateDir, old), { force: true });
  return {
    release() {
      try {
        writeFileSync(unfinished, `${JSON.stringify({ ...holder, released: true })}\n`);
        renameSync(unfinished, file);
      } catch (error) {
        // Somebody removed the whole folder; there is nothing left to release.
        if (!isSystemError(error) || error.code !== "ENOENT") throw error;
      }
    },
  };
}

const recordFile = (stateDir: string, term: number): string => join(stateDir, lockFolder, `${term}.json`);

function terms(stateDir: string): number[] {
  try {
    return readdirSync(join(stateDir, lockFolder))
      .map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0))
      .filter((term) => term > 0);
  } catch (error) {
    if (isSystemError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}
