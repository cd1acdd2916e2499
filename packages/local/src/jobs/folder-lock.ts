import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSystemError } from "../errors";

const waitMs = 200;

/**
 * Runs something while no other process runs it: the lock is a folder, which only one can make. A lock whose owner is
 * no longer alive is taken over.
 *
 * @param folder path of the lock
 * @param onProgress told once when another process is waited for
 * @param signal ends the waiting; the work itself has to look after it
 */
export async function withFolderLock<T>(
  folder: string,
  onProgress: (line: string) => void,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await mkdir(dirname(folder), { recursive: true });
  let told = false;
  while (!(await take(folder))) {
    if (!told) onProgress(`Waiting for another process that holds ${folder}`);
    told = true;
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  try {
    return await work();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function take(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (!isSystemError(error) || error.code !== "EEXIST") throw error;
    if (await isHeld(folder)) return false;
    await rm(folder, { recursive: true, force: true });
    return false;
  }
  await writeFile(join(folder, "pid"), String(process.pid));
  return true;
}

async function isHeld(folder: string): Promise<boolean> {
  const read = () => readFile(join(folder, "pid"), "utf8").catch(() => "");
  let owner = await read();
  if (owner === "") {
    // Its owner is between making the folder and writing its number, or died there.
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    owner = await read();
  }
  if (owner === "") return false;
  try {
    process.kill(Number(owner), 0);
    return true;
  } catch (error) {
    return isSystemError(error) && error.code === "EPERM";
  }
}
