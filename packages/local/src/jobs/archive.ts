import { createReadStream, createWriteStream } from "node:fs";
import { chmod, lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGunzip, createGzip, gzip } from "node:zlib";
import { extract, pack } from "tar-stream";
import { JobError } from "./errors";

interface Member {
  name: string;
  type: "file" | "directory";
  size: number;
  executable: boolean;
}

/** Up to here an archive is made in memory: two system calls instead of two streams. */
const inMemoryBytes = 256 * 1024;
/** Compression is for the disk's sake only; the fastest level gives most of it. */
const level = 1;
const compress = promisify(gzip);

/**
 * Packs a folder's content into a tar.gz whose bytes depend on names, content and executable bits only: sorted names,
 * no times, no owners.
 *
 * @returns false, and no file, when the folder is empty or missing
 * @throws JobError `symlink_in_archive` for symbolic links and special files, whose upload AWS leaves undefined
 */
export async function packFolder(folder: string, file: string): Promise<boolean> {
  const members = await membersOf(folder, "");
  if (members.length === 0) return false;
  const total = members.reduce((sum, member) => sum + member.size, 0);
  const archive = pack();
  const filling = fill(archive, folder, members);
  // A failure reaches the caller through whichever of the two promises it awaits first.
  filling.catch(() => undefined);
  if (total <= inMemoryBytes) {
    const chunks: Buffer[] = [];
    for await (const chunk of archive as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
    await filling;
    await writeFile(file, await compress(Buffer.concat(chunks), { level }));
    return true;
  }
  const gzipped = createGzip({ level, chunkSize: 256 * 1024 });
  await Promise.all([
    filling,
    pipeline(Readable.from(archive as AsyncIterable<Buffer>), gzipped, createWriteStream(file)),
  ]);
  return true;
}

/**
 * Unpacks a tar.gz (or plain tar) into a folder. Links and names that would leave the folder are refused.
 * @throws JobError `bad_archive`
 */
export async function unpackArchive(file: string, folder: string): Promise<void> {
  const refuse = (why: string, cause?: unknown) =>
    new JobError("bad_archive", `${file} cannot be unpacked: ${why}.`, { facts: { file }, cause });
  const reader = extract();
  const head = await firstBytes(file);
  const gzipped = head[0] === 0x1f && head[1] === 0x8b;
  const source = createReadStream(file);
  const unpacking = gzipped ? pipeline(source, createGunzip(), reader) : pipeline(source, reader);
  const failed = unpacking.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  try {
    for await (const entry of reader) {
      const { name, type, mode } = entry.header;
      const target = resolve(folder, name);
      if (target !== resolve(folder) && !target.startsWith(resolve(folder) + sep))
        throw refuse(`${name} leaves the folder`);
      if (type === "directory") {
        await mkdir(target, { recursive: true });
        entry.resume();
      } else if (type === "file" || type === "contiguous-file") {
        await mkdir(dirname(target), { recursive: true });
        await pipeline(entry, createWriteStream(target));
        if (mode !== undefined && (mode & 0o111) !== 0) await chmod(target, 0o755);
      } else if (type === "symlink" || type === "link") {
        throw refuse(`${name} is a link`);
      } else {
        entry.resume();
      }
    }
  } catch (error) {
    source.destroy();
    throw error instanceof JobError ? error : refuse(error instanceof Error ? error.message : String(error), error);
  }
  const failure = await failed;
  if (failure !== undefined) throw refuse(failure instanceof Error ? failure.message : String(failure), failure);
}

async function firstBytes(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { end: 1 })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function membersOf(folder: string, below: string): Promise<Member[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
  const members: Member[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      members.push({ name, type: "directory", size: 0, executable: true }, ...(await membersOf(folder, name)));
    } else if (entry.isFile()) {
      const state = await lstat(join(folder, name));
      members.push({ name, type: "file", size: state.size, executable: (state.mode & 0o100) !== 0 });
    } else {
      throw new JobError(
        "symlink_in_archive",
        `${name} is ${entry.isSymbolicLink() ? "a symbolic link" : "no regular file"}; only files and folders can be uploaded. Write a copy instead.`,
        { facts: { name } },
      );
    }
  }
  return members;
}

async function fill(archive: ReturnType<typeof pack>, folder: string, members: readonly Member[]): Promise<void> {
  try {
    for (const member of members) {
      const header = {
        name: member.name,
        type: member.type,
        mode: member.executable ? 0o755 : 0o644,
        mtime: new Date(0),
      };
      if (member.type === "directory") {
        archive.entry(header);
      } else if (member.size <= inMemoryBytes) {
        archive.entry(header, await readFile(join(folder, member.name)));
      } else {
        const entry = archive.entry({ ...header, size: member.size });
        await pipeline(createReadStream(join(folder, member.name), { highWaterMark: 256 * 1024 }), entry);
      }
    }
    archive.finalize();
  } catch (error) {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}
