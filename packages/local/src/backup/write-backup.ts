import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { open, rename, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Pack, pack } from "tar-stream";
import { StateError, writeFailure } from "../errors";
import { stateFormat } from "../state/version";
import { type BackupFile, type BackupHead, backupFormat, headEntry, manifestEntry, stateEntry } from "./backup-format";
import { holdState } from "./hold-state";
import { stateFiles } from "./state-files";

/** What was written. */
export interface Backup {
  readonly file: string;
  readonly files: number;
  /** Of the state, unpacked. */
  readonly bytes: number;
}

/**
 * Writes the state of a folder that nobody has open into one archive: gzip, tar, every file with its SHA-256. The archive
 * is there whole or not at all, and for its owner only: the state holds hashed keys and decisions about people.
 *
 * @throws StateError `state_in_use`, `state_missing`, `backup_exists`, `backup_inside`, `disk_full`
 */
export async function backupState(
  { stateDir, file, replace = false }: { readonly stateDir: string; readonly file: string; readonly replace?: boolean },
  now: () => Date = () => new Date(),
): Promise<Backup> {
  const [folder, target] = [resolve(stateDir), resolve(file)];
  if (target.startsWith(folder + sep))
    throw new StateError("backup_inside", `${target} lies in the state folder itself. Name a file elsewhere.`);
  if (!replace && existsSync(target))
    throw new StateError("backup_exists", `${target} exists already. Name another file, or replace it with --force.`);
  const lock = holdState(folder);
  const unfinished = join(dirname(target), `.${process.pid}-${Date.now().toString(36)}.partial`);
  try {
    const archive = pack();
    const writing = pipeline(
      archive,
      createGzip({ level: 6 }),
      createWriteStream(unfinished, { mode: 0o600, flags: "wx" }),
    );
    const filling = fill(archive, folder, now()).catch((error: unknown) => {
      archive.destroy(error as Error);
      throw error;
    });
    const [files] = await Promise.all([filling, writing]);
    await flushed(unfinished);
    await rename(unfinished, target);
    return { file: target, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    await unlink(unfinished).catch(() => undefined);
    throw writeFailure(target, error);
  } finally {
    lock.release();
  }
}

async function fill(archive: Pack, stateDir: string, at: Date): Promise<BackupFile[]> {
  const head: BackupHead = {
    kind: "sagewright-state",
    format: backupFormat,
    state: stateFormat,
    createdAt: at.toISOString(),
  };
  const document = (name: string, content: unknown) => {
    archive.entry({ name, mtime: at, mode: 0o600 }, `${JSON.stringify(content)}\n`);
  };
  document(headEntry, head);
  const files: BackupFile[] = [];
  for (const path of stateFiles(stateDir)) files.push(await add(archive, stateDir, path));
  document(manifestEntry, { files });
  archive.finalize();
  return files;
}

async function add(archive: Pack, stateDir: string, path: string): Promise<BackupFile> {
  const file = join(stateDir, path);
  const { size, mtime, mtimeMs, mode } = await stat(file);
  const hash = createHash("sha256");
  const permissions = mode & 0o777;
  const entry = archive.entry({ name: stateEntry + path, size, mtime, mode: permissions });
  const reading = createReadStream(file).on("data", (chunk) => hash.update(chunk));
  await pipeline(reading, entry as unknown as Writable);
  return { path, bytes: size, sha256: hash.digest("hex"), mtimeMs, mode: permissions };
}

async function flushed(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
