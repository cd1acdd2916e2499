import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";

/** Reads objects of Amazon S3 by their address, `s3://bucket/key`. */
export function openObjects(): (uri: string) => Promise<Uint8Array> {
  // Whatever stands in for S3 on a machine has no host name for each bucket.
  const client = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
  return async (uri) => {
    const [, Bucket = "", Key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  };
}
