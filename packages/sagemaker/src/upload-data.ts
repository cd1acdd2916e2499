import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Clients } from "./clients";
import { OperationError } from "./errors";
import { putIfMissing } from "./objects";

/** A data file in the account. */
export interface UploadedData {
  readonly uri: string;
  readonly sha256: string;
  readonly bytes: number;
  /** False when the same content was there already. */
  readonly uploaded: boolean;
}

/** Prefix of data files that somebody ran a pipeline on, which its role must be able to read. */
export const DATA_PREFIX = "data";

/**
 * Stores a data file under an address made from its content: the same file has the same address for ever, so that a
 * step over unchanged data keeps its cache key.
 *
 * @returns The address, `s3://bucket/data/<sha256>/<file name>`.
 * @throws OperationError `file_unreadable` naming the file.
 */
export async function uploadData(
  clients: Pick<Clients, "s3">,
  { bucket, file }: { readonly bucket: string; readonly file: string },
): Promise<UploadedData> {
  const { sha256, bytes } = await fingerprint(file);
  const key = `${DATA_PREFIX}/${sha256}/${basename(file)}`;
  const uploaded = await putIfMissing(clients, { bucket, key, bytes, open: () => createReadStream(file) });
  return { uri: `s3://${bucket}/${key}`, sha256, bytes, uploaded };
}

async function fingerprint(file: string): Promise<{ sha256: string; bytes: number }> {
  try {
    if (!(await stat(file)).isFile()) throw new Error("it is not a regular file");
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
    return { sha256: hash.digest("hex"), bytes };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperationError("file_unreadable", `${file} cannot be read: ${reason}. Name an existing, readable file.`, {
      facts: { file },
      cause,
    });
  }
}
