import { ServiceError } from "../../errors";

const longestKey = 1024;

/** @throws ServiceError InvalidBucketName */
export function checkBucketName(bucket: string): void {
  const valid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) && !bucket.includes("..") && !/^\d+(\.\d+){3}$/.test(bucket);
  if (valid) return;
  throw new ServiceError("InvalidBucketName", "The specified bucket is not valid.", {
    status: 400,
    facts: { BucketName: bucket },
  });
}

/** @throws ServiceError KeyTooLongError, InvalidURI */
export function checkKey(key: string): void {
  if (Buffer.from(key).toString() !== key) throw new ServiceError("InvalidURI", "Couldn't parse the specified URI.");
  const size = Buffer.byteLength(key);
  if (size <= longestKey) return;
  throw new ServiceError("KeyTooLongError", "Your key is too long", {
    facts: { Size: size, MaxSizeAllowed: longestKey },
  });
}

/** Bucket and key of an `x-amz-copy-source`. @throws ServiceError InvalidArgument */
export function parseCopySource(source: string): { bucket: string; key: string } {
  const match = /^\/?([^/]+)\/([^?]+)/.exec(source);
  if (match) return { bucket: decodeURIComponent(match[1] as string), key: decodeURIComponent(match[2] as string) };
  throw new ServiceError(
    "InvalidArgument",
    "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    {
      facts: { ArgumentName: "x-amz-copy-source", ArgumentValue: source },
    },
  );
}
