import { createReadStream, existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { RecordFiles } from "@sagewright/monitoring";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import type { Session } from "../session";

/** A file of captured predictions, wherever it is. */
export interface CaptureFile {
  /** `2026/01/02/03/x.jsonl`, with what stands before it in S3. */
  readonly name: string;
  readonly bytes: number;
  /** The hour its folder is named after, ISO 8601; records of it were written in that hour. */
  readonly hour: string;
  /** When it was last written to. */
  readonly written: Date;
  /** Bytes from `start` up to `end`, which is not among them. */
  read(start: number, end: number): Promise<AsyncIterable<Uint8Array>>;
}

/** Files of captures whose hour is `from` or later, oldest first. */
export type CaptureSource = (from: string) => Promise<CaptureFile[]>;

/** Files as merging and the joining of labels read them: whole, and none that is empty. */
export function recordFiles(source: CaptureSource): RecordFiles {
  return async (from) =>
    (await source(from)).filter(({ bytes }) => bytes > 0).map((file) => ({ read: () => file.read(0, file.bytes) }));
}

const NAME = /(?:^|\/)(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\/[^/]+\.jsonl(?:\.gz)?$/;

/** A folder from where the command was called, or an address. */
export function placeOf(cwd: string, place: string): string {
  return place.startsWith("s3:") ? place : resolve(cwd, place);
}

/**
 * Where captures are: a folder, or `s3://BUCKET/PREFIX`, in which hours lie as SageMaker's data capture puts them.
 *
 * @throws CliError `usage` for an address that names no bucket
 */
export function captureSource(place: string, { clients }: Pick<Session, "clients">): CaptureSource {
  if (!place.startsWith("s3:")) return (from) => folderFiles(place, from);
  const [, bucket, prefix = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(place) ?? [];
  if (bucket === undefined) throw usageError(`'${place}' names no bucket`, "write s3://BUCKET/PREFIX");
  // Of a model, and of no other whose name begins with its.
  const within = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  return (from) => objectFiles(clients, { bucket, prefix: within, from });
}

async function folderFiles(folder: string, from: string): Promise<CaptureFile[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll("\\", "/"));
  const files: CaptureFile[] = [];
  for (const name of names.sort()) {
    const hour = hourOfName(name);
    if (hour === undefined || hour < from) continue;
    const path = join(folder, name);
    const { size, mtime } = await stat(path);
    const read = async (start: number, end: number) => createReadStream(path, { start, end: end - 1 });
    files.push({ name, bytes: size, hour, written: mtime, read });
  }
  return files.sort(byHour);
}

/** Oldest hour first, and within it what was written to last at the end: of several outcomes the last one counts. */
function byHour(a: CaptureFile, b: CaptureFile): number {
  if (a.hour !== b.hour) return a.hour < b.hour ? -1 : 1;
  return a.written.getTime() - b.written.getTime() || (a.name < b.name ? -1 : 1);
}

async function objectFiles(
  clients: Session["clients"],
  { bucket, prefix, from }: { bucket: string; prefix: string; from: string },
): Promise<CaptureFile[]> {
  const files: CaptureFile[] = [];
  let token: string | undefined;
  do {
    const page = await clients.s3
      .send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }))
      .catch((error: Error) => {
        throw error.name === "NoSuchBucket" ? bucketMissing(bucket, prefix) : error;
      });
    for (const { Key: key = "", Size = 0, LastModified = new Date() } of page.Contents ?? []) {
      const hour = hourOfName(key);
      if (hour === undefined || hour < from) continue;
      const read = async (start: number, end: number) => {
        const Range = `bytes=${start}-${end - 1}`;
        const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range }));
        return Body as Readable;
      };
      files.push({ name: `s3://${bucket}/${key}`, bytes: Size, hour, written: LastModified, read });
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return files.sort(byHour);
}

function bucketMissing(bucket: string, prefix: string): CliError {
  return new CliError({
    code: "bucket_not_found",
    subject: `s3://${bucket}/${prefix}`,
    message: `there is no bucket ${bucket}`,
    fix: "name one with --captures or --ground-truth, or a cloud that has it with --env",
    exitCode: exitCodes.usage,
  });
}

function hourOfName(name: string): string | undefined {
  const [, year, month, day, hour] = NAME.exec(name) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}T${hour}:00:00.000Z`;
}

/** Where the last whole line ends; a line that is still being written is left for the next time. */
export async function wholeLinesEnd(file: CaptureFile, start: number): Promise<number> {
  for (let end = file.bytes; end > start; ) {
    const begin = Math.max(start, end - BLOCK);
    const block = await joined(await file.read(begin, end));
    const at = block.lastIndexOf(0x0a);
    if (at !== -1) return begin + at + 1;
    end = begin;
  }
  return start;
}

const BLOCK = 64 * 1024;

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
