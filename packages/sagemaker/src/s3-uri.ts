import { OperationError } from "./errors";

/** Bucket and key of an object. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/**
 * Takes `s3://bucket/key` apart.
 *
 * @throws OperationError `uri_invalid` for anything else.
 */
export function parseS3Uri(uri: string): S3Location {
  const match = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new OperationError(
      "uri_invalid",
      `${JSON.stringify(uri)} is not of the form s3://bucket/key. Give the object's full address.`,
      {
        facts: { uri },
      },
    );
  }
  return { bucket: match[1], key: match[2] };
}
