import { inflateRawSync } from "node:zlib";
import { ServiceError } from "../../errors";
import { invalidParameter } from "./refusals";

/** A file of an archive. */
export interface ZipEntry {
  /** Relative path with forward slashes; never leaves the archive's folder. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly executable: boolean;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endLength = 22;
const entryLength = 46;
const localLength = 30;

/**
 * The files of a zip archive (stored or deflated, as deployment packages are).
 * Source: APPNOTE.TXT of the zip format, sections 4.3.7, 4.3.12 and 4.3.16.
 * @throws ServiceError InvalidParameterValueException when the bytes are no such archive
 */
export function unzip(archive: Uint8Array): ZipEntry[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  try {
    return entriesOf(bytes);
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause;
    throw invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.", cause);
  }
}

function entriesOf(bytes: Buffer): ZipEntry[] {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + endLength > bytes.length || bytes.readUInt32LE(end) !== endSignature) {
    throw invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.");
  }
  const entries: ZipEntry[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (bytes.readUInt32LE(at) !== entrySignature) throw new RangeError("The central directory is damaged.");
    const nameLength = bytes.readUInt16LE(at + 28);
    const path = bytes.toString("utf8", at + entryLength, at + entryLength + nameLength);
    if (!path.endsWith("/")) {
      const mode = bytes.readUInt32LE(at + 38) >>> 16;
      entries.push({ path: safePath(path), bytes: contentOf(bytes, at), executable: (mode & 0o100) !== 0 });
    }
    at += entryLength + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

function contentOf(bytes: Buffer, entry: number): Buffer {
  const method = bytes.readUInt16LE(entry + 10);
  const packed = bytes.readUInt32LE(entry + 20);
  const local = bytes.readUInt32LE(entry + 42);
  const start = local + localLength + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  if (start + packed > bytes.length) throw new RangeError("An entry ends outside of the archive.");
  const content = bytes.subarray(start, start + packed);
  if (method === 0) return content;
  if (method === 8) return inflateRawSync(content);
  throw new RangeError(`Compression method ${method} is not supported.`);
}

function safePath(path: string): string {
  const parts = path.replaceAll("\\", "/").split("/");
  if (path.startsWith("/") || parts.includes(".."))
    throw invalidParameter(`The archive's entry ${path} leaves the archive.`);
  return parts.join("/");
}
