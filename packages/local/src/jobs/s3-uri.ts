/** A place in S3. */
export interface S3Place {
  bucket: string;
  /** Key or key prefix, without a leading slash; may be empty. */
  key: string;
}

/** Reads `s3://bucket/key`; undefined for anything else. */
export function parseS3Uri(uri: string): S3Place | undefined {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri);
  return match ? { bucket: match[1] as string, key: match[2] as string } : undefined;
}

/** Joins a prefix URI and further key parts with single slashes. */
export const joinS3Uri = (uri: string, ...parts: string[]): string => [uri.replace(/\/+$/, ""), ...parts].join("/");
