import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ServingError } from "../errors";

/** Replaces a file as a whole: a reader sees the old content or the new, and after the promise the new survives a power cut. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** The content of a file, or undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

const LOCK_ATTEMPTS = 500;
const LOCK_PAUSE_MS = 10;

/**
 * Does work while no other process does work under the same lock. A lock whose process has died is taken over.
 *
 * @throws {@link ServingError} `lock_taken` when another process keeps the lock for five seconds.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; !tryLock(path); attempt += 1) {
    if (attempt >= LOCK_ATTEMPTS) {
      throw new ServingError("lock_taken", `${path} is held by another process. Wait for it to end, and try again.`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Takes the lock at once or not at all. Synchronous: a trip to Node's thread pool costs a busy server more than the call. */
function tryLock(path: string): boolean {
  try {
    const file = openSync(path, "wx", 0o600);
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") mkdirSync(dirname(path), { recursive: true });
    else if (code !== "EEXIST") throw error;
    else removeIfDead(path);
    return false;
  }
}

function removeIfDead(path: string): void {
  try {
    const holder = Number(readFileSync(path, "utf8"));
    // An empty file is one whose process is about to write its id.
    if (Number.isInteger(holder) && holder > 0 && !isAlive(holder)) unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there the rename itself is durable.
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
