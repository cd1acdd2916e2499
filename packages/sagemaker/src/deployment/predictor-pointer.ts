import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { Clients } from "../clients";
import { OperationError } from "../errors";
import { bucketExists, createBucket, isAbsent } from "../objects";

/** A version that functions score with in their own process. */
export interface PointedVersion {
  /** Name of the model group. */
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the archive's manifest. */
  readonly manifestSha256: string;
  /** Folder of its files: `s3://bucket/serving/models/SHA256`. */
  readonly uri: string;
  readonly modelPackageArn: string;
  /** ISO 8601. */
  readonly deployedAt: string;
}

/** The object that says which version functions score with, and which ones they scored with before. */
export interface PredictorPointer {
  readonly format: 1;
  readonly current: PointedVersion;
  /** Newest first, at most ten. */
  readonly before: readonly PointedVersion[];
}

/** A pointer as it was read: what it says, and the mark by which a change in between is noticed. */
export interface ReadPointer {
  readonly pointer?: PredictorPointer;
  readonly etag?: string;
}

/** Where the pointer of an embedded endpoint lies. Functions are given it as `MODEL_POINTER`. */
export function pointerUri(bucket: string, endpoint: string): string {
  return `s3://${bucket}/${pointerKey(endpoint)}`;
}

/** Key prefix of a version's files. */
export function modelPrefix(manifestSha256: string): string {
  return `serving/models/${manifestSha256}`;
}

/** @throws OperationError `artefact_unreadable` when the object is no pointer */
export async function readPointer({ s3 }: Pick<Clients, "s3">, bucket: string, endpoint: string): Promise<ReadPointer> {
  try {
    const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: pointerKey(endpoint) }));
    const text = (await Body?.transformToString("utf8")) ?? "";
    return { pointer: parsed(text, pointerUri(bucket, endpoint)), ...(ETag === undefined ? {} : { etag: ETag }) };
  } catch (error) {
    if (isAbsent(error)) return {};
    throw error;
  }
}

/**
 * Writes a pointer, unless somebody else has written it since it was read.
 *
 * @throws OperationError `endpoint_busy`
 */
export async function writePointer(
  clients: Pick<Clients, "s3">,
  { bucket, endpoint, pointer, etag }: { bucket: string; endpoint: string; pointer: PredictorPointer; etag?: string },
): Promise<void> {
  if (!(await bucketExists(clients, bucket))) await createBucket(clients, bucket);
  const condition = etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: etag };
  const Body = `${JSON.stringify(pointer, null, 2)}\n`;
  try {
    await clients.s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: pointerKey(endpoint),
        Body,
        ContentType: "application/json",
        ...condition,
      }),
    );
  } catch (cause) {
    const name = (cause as Error).name;
    if (name !== "PreconditionFailed" && name !== "ConditionalRequestConflict") throw cause;
    throw new OperationError(
      "endpoint_busy",
      `What ${endpoint} scores with was changed by somebody else just now; nothing was changed here. Look at it, then run the command again.`,
      { facts: { endpoint, bucket }, cause },
    );
  }
}

function pointerKey(endpoint: string): string {
  return `serving/${endpoint}/current.json`;
}

function parsed(text: string, uri: string): PredictorPointer {
  try {
    const pointer = JSON.parse(text) as PredictorPointer;
    if (pointer.format === 1 && typeof pointer.current?.uri === "string" && Array.isArray(pointer.before))
      return pointer;
  } catch {
    // Said below.
  }
  throw new OperationError("artefact_unreadable", `${uri} is no pointer of format 1. Delete it, then deploy again.`, {
    facts: { uri },
  });
}
