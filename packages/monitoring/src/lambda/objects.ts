import { S3 } from "@aws-sdk/client-s3";

/** A client of S3; whatever stands in for S3 on a machine has no host name for each bucket. */
export function openS3(): S3 {
  return new S3({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
}
