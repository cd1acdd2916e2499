import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSystemError, writeFailure } from "../errors";

/** The file operations that can fail for want of space. Tests put a full disk in their place. */
export interface DurableFiles {
  write(handle: FileHandle, data: string | Uint8Array): Promise<void>;
  sync(handle: FileHandle): Promise<void>;
}

/** The real disk. */
export const disk: DurableFiles = {
  write: (handle, data) => handle.writeFile(data),
  // Size and content; times need not be durable.
  sync: (handle) => handle.datasync(),
};

/**
 * Writes a file so that at any moment, also after a crash, a reader sees the whole old or the whole new content:
 * write beside, fsync, rename.
 *
 * @param file where the content goes; its folder is made when missing
 * @param scratch a folder on the same file system for the unfinished file
 * @throws StateError `disk_full`, `state_not_writable`; nothing has changed then
 */
export async function writeFileAtomic(
  file: string,
  data: string | Uint8Array,
  scratch: string,
  files: DurableFiles = disk,
): Promise<void> {
  const unfinished = scratchFile(scratch);
  try {
    const handle = await openMakingFolder(unfinished, "wx");
    try {
      await files.write(handle, data);
      await files.sync(handle);
    } finally {
      await handle.close();
    }
    await renameMakingFolder(unfinished, file);
  } catch (cause) {
    await unlink(unfinished).catch(() => undefined);
    throw writeFailure(file, cause);
  }
}

/** A file name in the scratch folder that nobody else uses. */
export const scratchFile = (scratch: string): string =>
  join(scratch, `${process.pid}-${randomBytes(8).toString("hex")}`);

/** Opens a file; makes its folder only when that turns out to be missing, which is rare. */
export async function openMakingFolder(file: string, flags: string): Promise<FileHandle> {
  try {
    return await open(file, flags);
  } catch (error) {
    if (!isSystemError(error) || error.code !== "ENOENT") throw error;
    await mkdir(dirname(file), { recursive: true });
    return open(file, flags);
  }
}

async function renameMakingFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isSystemError(error) || error.code !== "ENOENT") throw error;
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  }
}
