import { createHash } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { copyFile, type FileHandle, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFailure } from "../../errors";
import { type ChecksumAlgorithm, createChecksum } from "../../protocol/checksum";
import { openMakingFolder } from "../../state/atomic-file";
import type { ObjectBody } from "./objects";

/** Bytes that lie on disk, durable, and wait to become an object. */
export interface Scratch {
  file: string;
  size: number;
  /** MD5 in hex. */
  md5: string;
  /** Base64, by algorithm. */
  checksums: Record<string, string>;
  /** Milliseconds. */
  fileTime: number;
}

/**
 * Writes a body to a scratch file: hashed on the way, fsynced at the end.
 * @throws StateError `disk_full`; the scratch file is gone then
 */
export async function writeScratch(
  body: ObjectBody,
  file: string,
  algorithms: readonly ChecksumAlgorithm[],
): Promise<Scratch> {
  const digests = createDigests(algorithms);
  try {
    if (isFileBody(body)) await copyFileTo(body.file, file);
    const handle = await openMakingFolder(file, isFileBody(body) ? "r+" : "wx");
    try {
      if (isFileBody(body)) await readAll(handle, digests);
      else await writeAll(handle, body, digests);
      await handle.sync();
      return finish(file, await handle.stat(), digests);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    await unlink(file).catch(() => undefined);
    // The scratch file means nothing to anybody; the state folder is what is full.
    throw writeFailure(dirname(dirname(file)), cause);
  }
}

/** Hashes a file where it lies and makes it durable. */
export async function adoptFile(file: string, algorithms: readonly ChecksumAlgorithm[]): Promise<Scratch> {
  const digests = createDigests(algorithms);
  const handle = await open(file, "r");
  try {
    await readAll(handle, digests);
    await handle.sync();
    return finish(file, await handle.stat(), digests);
  } finally {
    await handle.close();
  }
}

interface Digests {
  update(chunk: Uint8Array): void;
  md5(): string;
  checksums(): Record<string, string>;
}

function createDigests(algorithms: readonly ChecksumAlgorithm[]): Digests {
  const md5 = createHash("md5");
  const others = algorithms.map((algorithm) => [algorithm, createChecksum(algorithm)] as const);
  return {
    update(chunk) {
      md5.update(chunk);
      for (const [, checksum] of others) checksum.update(chunk);
    },
    md5: () => md5.digest("hex"),
    checksums: () => Object.fromEntries(others.map(([name, checksum]) => [name, checksum.digest()])),
  };
}

function finish(file: string, stats: Stats, digests: Digests): Scratch {
  return { file, size: stats.size, fileTime: stats.mtimeMs, md5: digests.md5(), checksums: digests.checksums() };
}

async function writeAll(handle: FileHandle, body: Uint8Array | AsyncIterable<Uint8Array>, digests: Digests) {
  if (body instanceof Uint8Array) {
    digests.update(body);
    await handle.writeFile(body);
    return;
  }
  for await (const chunk of body) {
    digests.update(chunk);
    await handle.writeFile(chunk);
  }
}

const blockSize = 1024 * 1024;

async function readAll(handle: FileHandle, digests: Digests): Promise<void> {
  const { size } = await handle.stat();
  const block = Buffer.allocUnsafe(Math.max(1, Math.min(size, blockSize)));
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(block, 0, block.length, position);
    if (bytesRead === 0) return;
    digests.update(block.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** Shares the blocks where the file system can, copies otherwise. */
async function copyFileTo(from: string, to: string): Promise<void> {
  await (await openMakingFolder(to, "wx")).close();
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}

const isFileBody = (body: ObjectBody): body is { file: string } => !(body instanceof Uint8Array) && "file" in body;
