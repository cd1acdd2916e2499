import { createHash, randomBytes } from "node:crypto";
import { createReadStream, renameSync } from "node:fs";
import { mkdir, rm, unlink } from "node:fs/promises";
import type {
  AbortMultipartUploadRequest,
  CompleteMultipartUploadOutput,
  CompleteMultipartUploadRequest,
  CreateMultipartUploadOutput,
  CreateMultipartUploadRequest,
  ListMultipartUploadsOutput,
  ListMultipartUploadsRequest,
  ListPartsOutput,
  ListPartsRequest,
  UploadPartCopyOutput,
  UploadPartCopyRequest,
  UploadPartOutput,
  UploadPartRequest,
} from "@aws-sdk/client-s3";
import type { Clock } from "../../clock";
import { ServiceError } from "../../errors";
import { type OperationTable, operation } from "../../service";
import type { Collection, Store } from "../../state/store";
import { compareKeys } from "./bucket-index";
import { algorithmsOf, checksumOutput, verifyDigests } from "./checksums";
import { writeCondition } from "./conditions";
import { invalidArgument, noSuchKey, noSuchUpload } from "./errors";
import { checkKey, parseCopySource } from "./names";
import type { ObjectStore, PutDetails } from "./object-store";
import type { Scratch } from "./scratch";
import { detailsOf, type StreamedBody } from "./write-object";

interface Part {
  number: number;
  size: number;
  /** MD5 in hex. */
  etag: string;
  checksums: Record<string, string>;
  modified: number;
}

/** An upload under way. Its parts lie in `objects/.uploads/<id>/`. */
interface Upload {
  id: string;
  bucket: string;
  key: string;
  started: number;
  details: PutDetails;
  parts: Part[];
}

/** What multipart uploads need. */
export interface MultipartOptions {
  objects: ObjectStore;
  store: Store;
  clock: Clock;
}

const smallestPart = 5 * 1024 * 1024;

/** CreateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload, AbortMultipartUpload, ListParts, ListMultipartUploads. */
export function multipartOperations({ objects, store, clock }: MultipartOptions): OperationTable {
  const uploads = store.collection<Upload>("s3-uploads");
  const folder = (id: string, ...name: string[]) => store.path("objects", ".uploads", id, ...name);

  const addPart = async (upload: Upload, number: number | undefined, scratch: Scratch): Promise<Part> => {
    if (number === undefined || !Number.isInteger(number) || number < 1 || number > 10_000) {
      await unlink(scratch.file);
      throw invalidArgument("Part number must be an integer between 1 and 10000, inclusive");
    }
    const part: Part = {
      number,
      size: scratch.size,
      etag: scratch.md5,
      checksums: scratch.checksums,
      modified: clock.now().getTime(),
    };
    await mkdir(folder(upload.id), { recursive: true });
    // The upload may have gained parts, or ended, while this one was being read.
    const now = find(uploads, upload.bucket, upload.key, upload.id);
    renameSync(scratch.file, folder(upload.id, partName(number)));
    const parts = [...now.parts.filter((one) => one.number !== number), part].sort((a, b) => a.number - b.number);
    await uploads.put(upload.id, { ...now, parts });
    return part;
  };

  const forget = async (id: string): Promise<void> => {
    await uploads.delete(id);
    await rm(folder(id), { recursive: true, force: true });
  };

  return {
    CreateMultipartUpload: operation<CreateMultipartUploadRequest, CreateMultipartUploadOutput>(async (input) => {
      const bucket = input.Bucket as string;
      const key = input.Key as string;
      checkKey(key);
      objects.index(bucket);
      const id = randomBytes(24).toString("base64url");
      await uploads.put(id, { id, bucket, key, started: clock.now().getTime(), details: detailsOf(input), parts: [] });
      return { Bucket: bucket, Key: key, UploadId: id };
    }),
    UploadPart: operation<Omit<UploadPartRequest, "Body"> & { Body?: StreamedBody }, UploadPartOutput>(
      async (input) => {
        const upload = findFor(uploads, input);
        const scratch = await objects.scratch(input.Body ?? new Uint8Array(), algorithmsOf(input, input.Body));
        try {
          verifyDigests(input, input.Body, scratch);
        } catch (error) {
          await unlink(scratch.file);
          throw error;
        }
        const part = await addPart(upload, input.PartNumber, scratch);
        return { ETag: `"${part.etag}"`, ...checksumOutput(part.checksums) };
      },
    ),
    UploadPartCopy: operation<UploadPartCopyRequest, UploadPartCopyOutput>(async (input) => {
      const upload = findFor(uploads, input);
      const source = parseCopySource(input.CopySource as string);
      const found = await objects.find(source.bucket, source.key);
      if (!found) throw noSuchKey(source.key);
      const range = /^bytes=(\d+)-(\d+)$/.exec(input.CopySourceRange ?? "");
      const body = range
        ? createReadStream(found.file, { start: Number(range[1]), end: Number(range[2]) })
        : { file: found.file };
      const part = await addPart(upload, input.PartNumber, await objects.scratch(body));
      return { CopyPartResult: { ETag: `"${part.etag}"`, LastModified: new Date(part.modified) } };
    }),
    CompleteMultipartUpload: operation<CompleteMultipartUploadRequest, CompleteMultipartUploadOutput>(async (input) => {
      const upload = findFor(uploads, input);
      const parts = chosenParts(upload, input.MultipartUpload?.Parts ?? []);
      const scratch = await objects.scratch(joined(parts.map((part) => folder(upload.id, partName(part.number)))));
      const record = await objects.commit(upload.bucket, upload.key, scratch, {
        ...upload.details,
        etag: etagOfParts(parts),
        condition: writeCondition(upload.key, input),
      });
      await forget(upload.id);
      return {
        Location: `/${upload.bucket}/${upload.key}`,
        Bucket: upload.bucket,
        Key: upload.key,
        ETag: `"${record.etag}"`,
      };
    }),
    AbortMultipartUpload: operation<AbortMultipartUploadRequest, object>(async (input) => {
      await forget(findFor(uploads, input).id);
      return {};
    }),
    ListParts: operation<ListPartsRequest, ListPartsOutput>((input) => {
      const upload = findFor(uploads, input);
      const rest = upload.parts.filter((part) => part.number > Number(input.PartNumberMarker ?? 0));
      const page = rest.slice(0, input.MaxParts ?? 1000);
      return {
        Bucket: upload.bucket,
        Key: upload.key,
        UploadId: upload.id,
        MaxParts: input.MaxParts ?? 1000,
        IsTruncated: page.length < rest.length,
        ...(page.length < rest.length ? { NextPartNumberMarker: String(page.at(-1)?.number) } : {}),
        Parts: page.map((part) => ({
          PartNumber: part.number,
          Size: part.size,
          ETag: `"${part.etag}"`,
          LastModified: new Date(part.modified),
          ...checksumOutput(part.checksums),
        })),
      };
    }),
    ListMultipartUploads: operation<ListMultipartUploadsRequest, ListMultipartUploadsOutput>((input) => {
      objects.index(input.Bucket as string);
      const found = uploads
        .values()
        .filter(({ bucket, key }) => bucket === input.Bucket && key.startsWith(input.Prefix ?? ""))
        .sort((a, b) => compareKeys(a.key, b.key));
      return {
        Bucket: input.Bucket as string,
        IsTruncated: false,
        Uploads: found.map(({ id, key, started }) => ({ UploadId: id, Key: key, Initiated: new Date(started) })),
      };
    }),
  };
}

const partName = (number: number): string => `part-${String(number).padStart(5, "0")}`;

function findFor(
  uploads: Collection<Upload>,
  input: { Bucket?: string | undefined; Key?: string | undefined; UploadId?: string | undefined },
): Upload {
  return find(uploads, input.Bucket as string, input.Key as string, input.UploadId as string);
}

function find(uploads: Collection<Upload>, bucket: string, key: string, id: string): Upload {
  const upload = uploads.get(id);
  if (!upload || upload.bucket !== bucket || upload.key !== key) throw noSuchUpload(id);
  return upload;
}

/** @throws ServiceError InvalidPart, InvalidPartOrder, EntityTooSmall, MalformedXML */
function chosenParts(upload: Upload, wanted: readonly { PartNumber?: number; ETag?: string }[]): Part[] {
  if (wanted.length === 0) throw new ServiceError("MalformedXML", "The XML must list at least one part.");
  const parts = wanted.map(({ PartNumber, ETag }, index) => {
    if (index > 0 && (PartNumber ?? 0) <= (wanted[index - 1]?.PartNumber ?? 0)) {
      throw new ServiceError(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
      );
    }
    const part = upload.parts.find((one) => one.number === PartNumber);
    if (part && ETag?.replaceAll('"', "") === part.etag) return part;
    throw new ServiceError(
      "InvalidPart",
      "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      { facts: { PartNumber: PartNumber ?? 0 } },
    );
  });
  const small = parts.slice(0, -1).find((part) => part.size < smallestPart);
  if (!small) return parts;
  throw new ServiceError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
    facts: { PartNumber: small.number, ProposedSize: small.size, MinSizeAllowed: smallestPart },
  });
}

async function* joined(files: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const file of files) yield* createReadStream(file, { highWaterMark: 1024 * 1024 });
}

/** MD5 of the parts' MD5s, and how many there were. */
function etagOfParts(parts: readonly Part[]): string {
  const all = createHash("md5");
  for (const part of parts) all.update(Buffer.from(part.etag, "hex"));
  return `${all.digest("hex")}-${parts.length}`;
}
