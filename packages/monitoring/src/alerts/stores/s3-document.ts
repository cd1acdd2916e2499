import type { GetObjectCommandOutput, PutObjectCommandInput, S3 } from "@aws-sdk/client-s3";
import type { VersionedDocument } from "../store";

/** Where the document is. */
export interface S3DocumentOptions {
  readonly client: Pick<S3, "getObject" | "putObject">;
  readonly bucket: string;
  readonly key: string;
  /** @default the bucket's own key */
  readonly kmsKeyId?: string;
}

/** A document in S3, written on the condition that nobody changed it in between. */
export function s3Document({ client, bucket, key, kmsKeyId }: S3DocumentOptions): VersionedDocument {
  const at = { Bucket: bucket, Key: key };
  return {
    async read() {
      let found: GetObjectCommandOutput;
      try {
        found = await client.getObject(at);
      } catch (error) {
        if ((error as Error).name === "NoSuchKey") return undefined;
        throw error;
      }
      return { text: (await found.Body?.transformToString("utf8")) ?? "", version: found.ETag ?? "" };
    },
    async write(text, version) {
      const condition: Partial<PutObjectCommandInput> =
        version === undefined ? { IfNoneMatch: "*" } : { IfMatch: version };
      const key: Partial<PutObjectCommandInput> =
        kmsKeyId === undefined ? {} : { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKeyId };
      try {
        await client.putObject({ ...at, Body: text, ContentType: "application/json", ...condition, ...key });
        return true;
      } catch (error) {
        if (["PreconditionFailed", "ConditionalRequestConflict"].includes((error as Error).name)) return false;
        throw error;
      }
    },
  };
}
