import type { S3 } from "@aws-sdk/client-s3";
import type { RecordFiles } from "../summary/record-files";
import { captureObjects } from "./capture-objects";
import { openObject } from "./objects";

/** Where records lie by the hour, and up to which moment they are of interest. */
export interface RecordPlace {
  readonly bucket: string;
  /** Without a slash at the end. */
  readonly prefix: string;
  readonly to: Date;
}

/** Captures or labels in S3. One that went away since it was listed is empty. */
export function recordObjects(
  s3: Pick<S3, "listObjectsV2" | "getObject">,
  { bucket, prefix, to }: RecordPlace,
): RecordFiles {
  return async (from) => {
    const objects = await captureObjects(s3, { bucket, prefix, from: new Date(from), to });
    return objects.map(({ key }) => ({ read: async () => bytesOf(await openObject(s3, { bucket, key })) }));
  };
}

async function* bytesOf(body: Awaited<ReturnType<typeof openObject>>): AsyncGenerator<Uint8Array> {
  if (body !== undefined) yield* body as unknown as AsyncIterable<Uint8Array>;
}
