import type { GetObjectCommandOutput, S3 } from "@aws-sdk/client-s3";
import { MonitoringError } from "../errors";

/**
 * A client of S3; whatever stands in for S3 on a machine has no host name for each bucket. Loaded when it is needed: commands of a
 * machine have clients of their own.
 */
export function openS3(): S3 {
  const { S3: Client } = require("@aws-sdk/client-s3") as typeof import("@aws-sdk/client-s3");
  return new Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
}

/** An object of a listing. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  readonly written: Date;
}

/** The objects whose keys begin so. */
export async function* listObjects(
  s3: Pick<S3, "listObjectsV2">,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
): AsyncGenerator<ListedObject> {
  let token: string | undefined;
  do {
    const page = await s3.listObjectsV2({
      Bucket: bucket,
      Prefix: prefix,
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    for (const { Key: key = "", Size: bytes = 0, LastModified: written = new Date(0) } of page.Contents ?? [])
      yield { key, bytes, written };
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/** What stands between a prefix and the next slash, with it. */
export async function listFolders(
  s3: Pick<S3, "listObjectsV2">,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
): Promise<string[]> {
  const folders: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.listObjectsV2({
      Bucket: bucket,
      Prefix: prefix,
      Delimiter: "/",
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    folders.push(...(page.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix ?? []));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return folders;
}

/** The bytes of an object; undefined where there is none. */
export async function readObject(
  s3: Pick<S3, "getObject">,
  at: { readonly bucket: string; readonly key: string },
): Promise<Uint8Array | undefined> {
  return (await openObject(s3, at))?.transformToByteArray();
}

/** The body of an object, to be read piece by piece; undefined where there is none. */
export async function openObject(
  s3: Pick<S3, "getObject">,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): Promise<GetObjectCommandOutput["Body"]> {
  try {
    return (await s3.getObject({ Bucket: bucket, Key: key })).Body;
  } catch (error) {
    if ((error as Error).name === "NoSuchKey") return undefined;
    throw error;
  }
}

/** Bucket and key of `s3://bucket/key`. @throws MonitoringError `address_invalid` */
export function placeOf(address: string): { bucket: string; key: string } {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(address) ?? [];
  if (bucket !== undefined && key !== undefined) return { bucket, key };
  throw new MonitoringError("address_invalid", `${address} is not an object of S3. Write s3://BUCKET/KEY.`, {
    facts: { address },
  });
}
