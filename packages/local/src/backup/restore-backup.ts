import { createHash } from "node:crypto";
import {
  appendFileSync,
  createReadStream,
  createWriteStream,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
} from "node:fs";
import { chmod, mkdir, rename, rm, utimes } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { isSystemError, StateError, writeFailure } from "../errors";
import type { IndexEvent, ObjectRecord } from "../services/s3/bucket-index";
import { stateFormat } from "../state/version";
import {
  type BackupFile,
  type BackupHead,
  backupFormat,
  badBackup,
  headEntry,
  manifestEntry,
  safePath,
} from "./backup-format";
import { holdState } from "./hold-state";

/** What was restored. */
export interface Restored {
  readonly files: number;
  readonly bytes: number;
  /** ISO 8601: when the backup was made. */
  readonly createdAt: string;
  /** Where the state that was here before is now. @default absent when there was none */
  readonly before?: string;
}

const remedy = "Use a file that `state backup` wrote, and that was copied whole.";

/**
 * Brings a backup into a state folder that is empty, or with `force` in the place of what is there, which is put aside.
 * The whole archive is unpacked beside the folder and checked before anything changes.
 *
 * @throws StateError `state_not_empty`, `state_in_use`, `backup_unreadable`, `backup_unsafe`, `backup_newer`,
 *   `backup_damaged`, `disk_full`
 */
export async function restoreState({
  stateDir,
  file,
  force = false,
}: {
  readonly stateDir: string;
  readonly file: string;
  readonly force?: boolean;
}): Promise<Restored> {
  const [folder, source] = [resolve(stateDir), resolve(file)];
  const occupied = existsSync(folder) && readdirSync(folder).length > 0;
  if (occupied && !force) {
    const message = `${folder} holds a state already. Name an empty folder with --state, or put this one aside with --force.`;
    throw new StateError("state_not_empty", message, { facts: { stateDir: folder } });
  }
  const stamp = `${process.pid}-${Date.now().toString(36)}`;
  const unpacked = `${folder}.restoring-${stamp}`;
  try {
    const { head, files } = await unpack(source, unpacked);
    for (const { path, mtimeMs, mode } of files) {
      await utimes(join(unpacked, path), mtimeMs / 1000, mtimeMs / 1000);
      await chmod(join(unpacked, path), mode & 0o777);
    }
    keepObjectTimes(unpacked);
    const before = occupied ? `${folder}.before-${stamp}` : undefined;
    await replace(folder, unpacked, before);
    const bytes = files.reduce((sum, each) => sum + each.bytes, 0);
    return { files: files.length, bytes, createdAt: head.createdAt, ...(before === undefined ? {} : { before }) };
  } catch (error) {
    await rm(unpacked, { recursive: true, force: true });
    throw writeFailure(folder, error);
  }
}

async function replace(folder: string, unpacked: string, before: string | undefined): Promise<void> {
  if (before !== undefined) {
    const lock = existsSync(join(folder, "VERSION")) ? holdState(folder) : undefined;
    try {
      await rename(folder, before);
    } catch (error) {
      lock?.release();
      throw error;
    }
  } else await rm(folder, { recursive: true, force: true });
  await rename(unpacked, folder);
}

interface Unpacking {
  head?: BackupHead;
  manifest?: { readonly files: readonly BackupFile[] };
  readonly found: Map<string, { sha256: string; bytes: number }>;
}

async function unpack(file: string, into: string): Promise<{ head: BackupHead; files: readonly BackupFile[] }> {
  const state: Unpacking = { found: new Map() };
  const reader = extract();
  let refusal: unknown;
  reader.on("entry", (header, stream, next) => {
    take(file, into, state, {
      name: header.name,
      type: header.type ?? "file",
      stream: stream as unknown as Readable,
    }).then(
      () => next(),
      (error: unknown) => {
        refusal = error;
        next(error as Error);
      },
    );
  });
  try {
    await pipeline(createReadStream(file), createGunzip(), reader);
  } catch (error) {
    if (refusal !== undefined) throw refusal;
    if (isSystemError(error)) throw badBackup("backup_unreadable", file, `it cannot be read (${error.code})`, remedy);
    throw badBackup(
      "backup_unreadable",
      file,
      `it is no whole gzip and tar archive (${(error as Error).message})`,
      remedy,
    );
  }
  const { head, manifest, found } = state;
  if (head === undefined) throw badBackup("backup_unreadable", file, "it is empty", remedy);
  if (manifest === undefined) throw badBackup("backup_damaged", file, `it ends before its ${manifestEntry}`, remedy);
  compare(file, manifest.files, found);
  return { head, files: manifest.files };
}

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly stream: Readable;
}

async function take(file: string, into: string, state: Unpacking, { name, type, stream }: Entry): Promise<void> {
  if (state.head === undefined) {
    if (name !== headEntry)
      throw badBackup("backup_unreadable", file, `it is no backup: it begins with ${name}`, remedy);
    state.head = readHead(file, await textOf(stream));
    return;
  }
  if (state.manifest !== undefined)
    throw badBackup("backup_unsafe", file, `there is more behind its ${manifestEntry}`, remedy);
  if (name === manifestEntry) {
    const { files } = json<{ files?: readonly BackupFile[] }>(file, await textOf(stream));
    if (!Array.isArray(files)) throw badBackup("backup_damaged", file, `its ${manifestEntry} lists no files`, remedy);
    state.manifest = { files };
    return;
  }
  const path = safePath(file, name);
  if (type !== "file") throw badBackup("backup_unsafe", file, `its entry ${name} is a ${type} and no file`, remedy);
  if (state.found.has(path)) throw badBackup("backup_unsafe", file, `its entry ${name} is there twice`, remedy);
  const target = join(into, path);
  await mkdir(dirname(target), { recursive: true });
  const hash = createHash("sha256");
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
  });
  await pipeline(stream, createWriteStream(target, { flags: "wx", mode: 0o600 }));
  state.found.set(path, { sha256: hash.digest("hex"), bytes });
}

function json<T>(file: string, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw badBackup("backup_damaged", file, "one of its own documents is no JSON", remedy);
  }
}

function readHead(file: string, text: string): BackupHead {
  const head = json<BackupHead>(file, text);
  if (head.kind !== "sagewright-state")
    throw badBackup("backup_unreadable", file, "it is no backup of a state", remedy);
  if (head.format > backupFormat || head.state > stateFormat)
    throw badBackup(
      "backup_newer",
      file,
      `it has format ${head.format} (state ${head.state}), and this version of Sagewright reads up to ${backupFormat} (state ${stateFormat})`,
      "Upgrade Sagewright.",
    );
  return head;
}

function compare(
  file: string,
  wanted: readonly BackupFile[],
  found: ReadonlyMap<string, { sha256: string; bytes: number }>,
): void {
  const listed = new Set(wanted.map(({ path }) => path));
  const bad = [
    ...wanted.filter(({ path, sha256 }) => found.get(path)?.sha256 !== sha256).map(({ path }) => path),
    ...[...found.keys()].filter((path) => !listed.has(path)),
  ];
  if (bad.length === 0) return;
  const shown = `${bad.slice(0, 5).join(", ")}${bad.length > 5 ? ` and ${bad.length - 5} more` : ""}`;
  throw badBackup("backup_damaged", file, `${bad.length} of its files are not what was backed up: ${shown}`, remedy);
}

/** File systems keep times to different digits; objects whose file's time moved would be taken for changed by hand. */
function keepObjectTimes(stateDir: string): void {
  const folder = join(stateDir, "objects", ".index");
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".jsonl"))) {
    const current = new Map<string, ObjectRecord>();
    const text = readFileSync(join(folder, name), "utf8");
    for (const event of eventsOf(text)) {
      if (event.put) current.set(event.put.key, event.put);
      else current.delete(event.delete);
    }
    const bucket = join(stateDir, "objects", name.slice(0, -".jsonl".length));
    const moved = [...current.values()].flatMap((record) => {
      const stats = statSync(join(bucket, record.path), { throwIfNoEntry: false });
      return stats === undefined || stats.mtimeMs === record.fileTime || Math.abs(stats.mtimeMs - record.fileTime) > 2
        ? []
        : [`${JSON.stringify({ put: { ...record, fileTime: stats.mtimeMs } })}\n`];
    });
    const torn = text === "" || text.endsWith("\n") ? "" : "\n";
    if (moved.length > 0 && torn === "") appendFileSync(join(folder, name), moved.join(""));
  }
}

function eventsOf(text: string): IndexEvent[] {
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as IndexEvent];
    } catch {
      return [];
    }
  });
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
