import { randomUUID } from "node:crypto";
import { hourPath, type RecordSink } from "./hourly-folder";

/** What the sink needs of Amazon S3; an `S3` of `@aws-sdk/client-s3` is one. */
export interface S3Puts {
  putObject(input: {
    readonly Bucket: string;
    readonly Key: string;
    readonly Body: string;
    readonly ContentType: string;
  }): Promise<unknown>;
}

/** Where captures go in S3. */
export interface S3SinkOptions {
  readonly client: S3Puts;
  readonly bucket: string;
  /** What keys begin with, such as `captures/churn/AllTraffic`; records lie in `yyyy/mm/dd/hh/` below. */
  readonly prefix: string;
  /** How long records are gathered for one object. @default one minute */
  readonly everyMs?: number;
  /** Makes names. @default random UUIDs */
  readonly newId?: () => string;
}

/**
 * A sink that puts one object for each group of records, `<prefix>/yyyy/mm/dd/hh/mm-ss-mmm-<id>.jsonl` (UTC), as
 * SageMaker's data capture does. Objects are never overwritten. A client that fails loses the group; the SDK retries.
 */
export function s3Sink({
  client,
  bucket,
  prefix,
  everyMs = 60_000,
  newId = randomUUID as () => string,
}: S3SinkOptions): RecordSink {
  const folder = prefix.replace(/\/+$/, "");
  return {
    everyMs,
    async append(at, lines) {
      const time = at.toISOString().slice(14, 23).replaceAll(/[:.]/g, "-");
      const name = `${hourPath(at)}/${time}-${newId()}.jsonl`;
      const key = folder === "" ? name : `${folder}/${name}`;
      await client.putObject({ Bucket: bucket, Key: key, Body: lines, ContentType: "application/jsonlines" });
    },
  };
}
