import type { S3 } from "@aws-sdk/client-s3";
import { readObject } from "./objects";

/** Names of the captures that were read, as an object. What cannot be read is empty: reading again changes no figure. */
export class ReadObjects {
  private constructor(
    private readonly s3: Pick<S3, "putObject">,
    private readonly at: { readonly bucket: string; readonly key: string },
    private names: Set<string>,
  ) {}

  static async open(
    s3: Pick<S3, "getObject" | "putObject">,
    at: { readonly bucket: string; readonly key: string },
  ): Promise<ReadObjects> {
    const bytes = await readObject(s3, at);
    return new ReadObjects(s3, at, new Set(bytes === undefined ? [] : parsed(bytes)));
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  /** Adds names, and forgets those that are not among `listed` any more. */
  async save(added: Iterable<string>, listed: ReadonlySet<string>): Promise<void> {
    this.names = new Set([...this.names, ...added].filter((name) => listed.has(name)));
    const Body = JSON.stringify({ format: 1, read: [...this.names] });
    await this.s3.putObject({ Bucket: this.at.bucket, Key: this.at.key, Body, ContentType: "application/json" });
  }
}

function parsed(bytes: Uint8Array): string[] {
  try {
    const { format, read } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { format?: number; read?: unknown };
    return format === 1 && Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}
