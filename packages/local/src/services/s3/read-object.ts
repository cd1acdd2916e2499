import { createReadStream, openSync, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import type { GetObjectOutput, GetObjectRequest, HeadObjectOutput, HeadObjectRequest } from "@aws-sdk/client-s3";
import { type OperationTable, operation } from "../../service";
import type { ObjectRecord } from "./bucket-index";
import { checksumOutput } from "./checksums";
import { checkRead } from "./conditions";
import { invalidRange, noSuchKey } from "./errors";
import type { ObjectStore } from "./object-store";

/** GetObject's output on this side of the wire: the body is a plain stream. */
type GetOutput = Omit<GetObjectOutput, "Body"> & { Body: Readable };

/** GetObject, HeadObject. */
export function readOperations(objects: ObjectStore): OperationTable {
  return {
    GetObject: operation<GetObjectRequest, GetOutput>(async (input) => {
      const { record, file } = await find(objects, input);
      const range = parseRange(input.Range, record.size);
      return { ...describe(record, range, input), Body: read(file, record.size, range) };
    }),
    HeadObject: operation<HeadObjectRequest, HeadObjectOutput>(async (input) => {
      const { record } = await find(objects, input);
      return describe(record, parseRange(input.Range, record.size), input);
    }),
  };
}

async function find(objects: ObjectStore, input: GetObjectRequest | HeadObjectRequest) {
  const found = await objects.find(input.Bucket as string, input.Key as string);
  if (!found) throw noSuchKey(input.Key as string);
  checkRead(found.record, input);
  return found;
}

/** First and last byte, inclusive. */
interface Range {
  start: number;
  end: number;
}

/** Undefined for the whole object: no range, or one that S3 ignores. @throws ServiceError InvalidRange */
function parseRange(header: string | undefined, size: number): Range | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] === "") {
    const length = Math.min(Number(match[2]), size);
    if (length === 0) throw invalidRange(size);
    return { start: size - length, end: size - 1 };
  }
  const start = Number(match[1]);
  const end = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== "" && Number(match[2]) < start) return undefined;
  if (start >= size) throw invalidRange(size);
  return { start, end };
}

function describe(record: ObjectRecord, range: Range | undefined, input: GetObjectRequest | HeadObjectRequest) {
  const headers = record.headers ?? {};
  const expires = input.ResponseExpires ?? (headers.Expires === undefined ? undefined : new Date(headers.Expires));
  return {
    AcceptRanges: "bytes",
    LastModified: new Date(record.modified),
    ETag: `"${record.etag}"`,
    ContentLength: range ? range.end - range.start + 1 : record.size,
    ContentType: input.ResponseContentType ?? record.contentType ?? "binary/octet-stream",
    CacheControl: input.ResponseCacheControl ?? headers.CacheControl,
    ContentDisposition: input.ResponseContentDisposition ?? headers.ContentDisposition,
    ContentEncoding: input.ResponseContentEncoding ?? headers.ContentEncoding,
    ContentLanguage: input.ResponseContentLanguage ?? headers.ContentLanguage,
    ...(expires ? { Expires: expires } : {}),
    Metadata: record.metadata ?? {},
    ...(range ? { ContentRange: `bytes ${range.start}-${range.end}/${record.size}` } : {}),
    ...(input.ChecksumMode === "ENABLED" && !range
      ? {
          ...checksumOutput(record.checksums),
          ...(record.checksumType ? { ChecksumType: record.checksumType as "FULL_OBJECT" } : {}),
        }
      : {}),
  };
}

const smallEnough = 256 * 1024;

/** Opens the file at once: a put a moment later replaces the name, not what is being read. */
function read(file: string, size: number, range: Range | undefined): Readable {
  const { start, end } = range ?? { start: 0, end: size - 1 };
  if (size === 0) return Readable.from([], { objectMode: false });
  if (size <= smallEnough) return Readable.from([readFileSync(file).subarray(start, end + 1)], { objectMode: false });
  return createReadStream(file, { fd: openSync(file, "r"), start, end });
}
