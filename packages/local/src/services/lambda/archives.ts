import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Objects } from "../s3/objects";
import { invalidParameter } from "./refusals";
import { unzip } from "./unzip";

/** Where an archive comes from: in the request, or from S3. */
export interface ArchiveSource {
  readonly ZipFile?: Uint8Array | undefined;
  readonly S3Bucket?: string | undefined;
  readonly S3Key?: string | undefined;
}

/** An archive on this machine. */
export interface UnpackedArchive {
  /** SHA-256 in base64. */
  readonly codeSha256: string;
  /** Bytes. */
  readonly codeSize: number;
  /** Where its files are; the archive itself lies beside it. */
  readonly folder: string;
}

/** The archive that a request gives or names. @throws ServiceError InvalidParameterValueException */
export async function archiveOf(objects: Objects, { ZipFile, S3Bucket, S3Key }: ArchiveSource): Promise<Uint8Array> {
  if (ZipFile) return ZipFile;
  if (S3Bucket === undefined || S3Key === undefined)
    throw invalidParameter("Give the code as ZipFile, or as S3Bucket and S3Key.");
  const found = await objects.get(S3Bucket, S3Key);
  if (!found)
    throw invalidParameter(
      `Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: There is no s3://${S3Bucket}/${S3Key}`,
    );
  return readFileSync(found.file);
}

/** Unpacks an archive below `parent`, in a folder named by its content: what a call under way reads stays as it is. */
export function unpack(parent: string, zip: Uint8Array): UnpackedArchive {
  const entries = unzip(zip);
  const digest = createHash("sha256").update(zip).digest();
  const folder = join(parent, digest.toString("hex").slice(0, 16));
  mkdirSync(folder, { recursive: true });
  for (const { path, bytes, executable } of entries) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes, { mode: executable ? 0o755 : 0o644 });
  }
  writeFileSync(`${folder}.zip`, zip);
  return { codeSha256: digest.toString("base64"), codeSize: zip.byteLength, folder };
}
