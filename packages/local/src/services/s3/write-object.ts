import type {
  CopyObjectOutput,
  CopyObjectRequest,
  DeleteObjectOutput,
  DeleteObjectRequest,
  DeleteObjectsOutput,
  DeleteObjectsRequest,
  PutObjectOutput,
  PutObjectRequest,
} from "@aws-sdk/client-s3";
import { ServiceError } from "../../errors";
import type { ChunkedBody } from "../../protocol/hosts/aws-chunked";
import { type OperationTable, operation } from "../../service";
import type { ObjectRecord } from "./bucket-index";
import { algorithmsOf, checksumOutput, verifyDigests } from "./checksums";
import { checkRead, writeCondition } from "./conditions";
import { noSuchKey } from "./errors";
import { checkKey, parseCopySource } from "./names";
import type { ObjectStore, PutDetails } from "./object-store";

/** What a streamed body is on this side of the wire. */
export type StreamedBody = Uint8Array | AsyncIterable<Uint8Array> | ChunkedBody | undefined;

type PutInput = Omit<PutObjectRequest, "Body"> & { Body?: StreamedBody };

const nothing = new Uint8Array();

/** PutObject, CopyObject, DeleteObject, DeleteObjects. */
export function writeOperations(objects: ObjectStore): OperationTable {
  return {
    PutObject: operation<PutInput, PutObjectOutput>(async (input) => {
      const { bucket, key } = place(input);
      objects.index(bucket);
      const scratch = await objects.scratch(input.Body ?? nothing, algorithmsOf(input, input.Body));
      const record = await objects.commit(bucket, key, scratch, {
        ...detailsOf(input),
        checksums: scratch.checksums,
        checksumType: "FULL_OBJECT",
        condition(current) {
          verifyDigests(input, input.Body, scratch);
          writeCondition(key, input)(current);
        },
      });
      return { ETag: `"${record.etag}"`, ...checksumOutput(record.checksums), ChecksumType: "FULL_OBJECT" };
    }),
    CopyObject: operation<CopyObjectRequest, CopyObjectOutput>((input) => copy(objects, input)),
    DeleteObject: operation<DeleteObjectRequest, DeleteObjectOutput>(async (input) => {
      const { bucket, key } = place(input);
      objects.index(bucket);
      await objects.remove(bucket, key, input.IfMatch === undefined ? undefined : writeCondition(key, input));
      return {};
    }),
    DeleteObjects: operation<DeleteObjectsRequest, DeleteObjectsOutput>(async (input) => {
      const bucket = input.Bucket as string;
      objects.index(bucket);
      const keys = (input.Delete?.Objects ?? []).map(({ Key }) => Key as string);
      for (const key of keys) await objects.remove(bucket, key);
      return input.Delete?.Quiet ? {} : { Deleted: keys.map((Key) => ({ Key })) };
    }),
  };
}

function place(input: { Bucket?: string | undefined; Key?: string | undefined }): { bucket: string; key: string } {
  checkKey(input.Key as string);
  return { bucket: input.Bucket as string, key: input.Key as string };
}

async function copy(objects: ObjectStore, input: CopyObjectRequest): Promise<CopyObjectOutput> {
  const { bucket, key } = place(input);
  const source = parseCopySource(input.CopySource as string);
  objects.index(bucket);
  const found = await objects.find(source.bucket, source.key);
  if (!found) throw noSuchKey(source.key);
  checkRead(found.record, {
    IfMatch: input.CopySourceIfMatch,
    IfNoneMatch: input.CopySourceIfNoneMatch,
    IfModifiedSince: input.CopySourceIfModifiedSince,
    IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
  });
  const replace = input.MetadataDirective === "REPLACE";
  if (!replace && source.bucket === bucket && source.key === key) throw copyOntoItself();
  const scratch = await objects.scratch({ file: found.file }, algorithmsOf(input, undefined));
  const record = await objects.commit(bucket, key, scratch, {
    ...(replace ? detailsOf(input) : detailsOfRecord(found.record)),
    checksums: scratch.checksums,
    condition: writeCondition(key, input),
  });
  return {
    CopyObjectResult: {
      ETag: `"${record.etag}"`,
      LastModified: new Date(record.modified),
      ...checksumOutput(record.checksums),
    },
  };
}

const keptHeaders = ["CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "Expires"] as const;

/** What a request says about an object beside its bytes. */
export function detailsOf(
  input: Pick<PutObjectRequest, "ContentType" | "Metadata" | (typeof keptHeaders)[number]>,
): PutDetails {
  const headers: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = input[name];
    if (value instanceof Date) headers[name] = value.toUTCString();
    else if (value !== undefined) {
      // The framing of the upload is not an encoding of the object.
      const text = String(value)
        .replace(/\s*aws-chunked\s*,?\s*/, "")
        .replace(/,\s*$/, "");
      if (text !== "") headers[name] = text;
    }
  }
  return {
    ...(input.ContentType === undefined ? {} : { contentType: input.ContentType }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(input.Metadata === undefined ? {} : { metadata: input.Metadata }),
  };
}

function detailsOfRecord({ contentType, headers, metadata }: ObjectRecord): PutDetails {
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(headers === undefined ? {} : { headers }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function copyOntoItself(): ServiceError {
  return new ServiceError(
    "InvalidRequest",
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}
