import type { Readable } from "node:stream";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Clients } from "./clients";
import { OperationError } from "./errors";
import { parseS3Uri, type S3Location } from "./s3-uri";

/** An object to store under a name made from its content. */
export interface ContentObject extends S3Location {
  readonly bytes: number;
  /** Called for every attempt, so that a stream can be opened again. */
  readonly open: () => Uint8Array | Readable;
}

/**
 * Stores an object whose key is made from its content, unless it is there already.
 *
 * The bucket is made when it is missing, as SageMaker's own SDK makes its default bucket.
 *
 * @returns Whether anything was sent.
 */
export async function putIfMissing(clients: Pick<Clients, "s3">, object: ContentObject): Promise<boolean> {
  const stored = await objectSize(clients, object);
  if (stored === object.bytes) return false;
  try {
    await put(clients.s3, object, stored === undefined);
  } catch (error) {
    if (nameOf(error) === "PreconditionFailed" || nameOf(error) === "ConditionalRequestConflict") return false;
    if (nameOf(error) !== "NoSuchBucket") throw error;
    await createBucket(clients, object.bucket);
    await put(clients.s3, object, true);
  }
  return true;
}

/** Whole content of an object. @throws The SDK's NoSuchKey when there is none */
export async function readObject(clients: Pick<Clients, "s3">, uri: string): Promise<Uint8Array> {
  const { bucket, key } = parseS3Uri(uri);
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (Body === undefined)
    throw new OperationError("artefact_unreadable", `${uri} came without content. Try again.`, { facts: { uri } });
  return await Body.transformToByteArray();
}

/** Content of an object as JSON. @throws OperationError `artefact_unreadable` when it is not JSON */
export async function readJson(clients: Pick<Clients, "s3">, uri: string): Promise<unknown> {
  const text = Buffer.from(await readObject(clients, uri)).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OperationError("artefact_unreadable", `${uri} is not JSON. Run the step that wrote it again.`, {
      facts: { uri },
      cause,
    });
  }
}

/** Bytes of an object, or undefined when it, or its bucket, is not there. */
export async function objectSize(
  clients: Pick<Clients, "s3">,
  { bucket, key }: S3Location,
): Promise<number | undefined> {
  try {
    const { ContentLength } = await clients.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return ContentLength;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether a bucket is there and ours to read. */
export async function bucketExists(clients: Pick<Clients, "s3">, bucket: string): Promise<boolean> {
  try {
    await clients.s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Whether a refusal means that an object, or its bucket, is not there. */
export function isAbsent(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return nameOf(error) === "NotFound" || nameOf(error) === "NoSuchBucket" || status === 404;
}

async function put(s3: S3Client, object: ContentObject, onlyIfMissing: boolean): Promise<void> {
  const condition = onlyIfMissing ? { IfNoneMatch: "*" } : {};
  const { bucket, key, bytes } = object;
  await s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: object.open(), ContentLength: bytes, ...condition }),
  );
}

/** Makes a bucket in the clients' region; one that is ours already is left as it is. */
export async function createBucket({ s3 }: Pick<Clients, "s3">, bucket: string): Promise<void> {
  const region = await s3.config.region();
  const place =
    region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region as "eu-central-1" } };
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket, ...place }));
  } catch (error) {
    if (nameOf(error) !== "BucketAlreadyOwnedByYou") throw error;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
