import { ServiceError } from "../../errors";
import { type ChecksumAlgorithm, checksumAlgorithms } from "../../protocol/checksum";
import { isChunked } from "../../protocol/hosts/aws-chunked";
import type { Scratch } from "./scratch";

/** The output and input members of S3's operations that hold checksums. */
const checksumMembers: Readonly<Record<ChecksumAlgorithm, string>> = {
  crc32: "ChecksumCRC32",
  crc32c: "ChecksumCRC32C",
  crc64nvme: "ChecksumCRC64NVME",
  sha1: "ChecksumSHA1",
  sha256: "ChecksumSHA256",
};

/** Algorithms to compute while a body is read: those a value was sent or announced for, and one that was only asked for. */
export function algorithmsOf(input: object, body: unknown): ChecksumAlgorithm[] {
  const given = input as Record<string, unknown>;
  const announced = isChunked(body) ? body.announced : [];
  const asked = String(given.ChecksumAlgorithm ?? "").toLowerCase();
  return checksumAlgorithms.filter(
    (name) =>
      given[checksumMembers[name]] !== undefined || announced.includes(`x-amz-checksum-${name}`) || asked === name,
  );
}

/**
 * Compares what was sent with what arrived.
 * @throws ServiceError BadDigest, InvalidDigest
 */
export function verifyDigests(input: object, body: unknown, scratch: Scratch): void {
  const given = input as Record<string, unknown>;
  const md5 = given.ContentMD5;
  if (typeof md5 === "string" && Buffer.from(md5, "base64").toString("hex") !== scratch.md5)
    throw badDigest("Content-MD5");
  for (const [name, actual] of Object.entries(scratch.checksums)) {
    const algorithm = name as ChecksumAlgorithm;
    const trailer = isChunked(body) ? body.trailers[`x-amz-checksum-${name}`] : undefined;
    const expected = given[checksumMembers[algorithm]] ?? trailer;
    if (expected !== undefined && expected !== actual) throw badDigest(name.toUpperCase());
  }
}

/** Stored checksums as output members. */
export function checksumOutput(checksums: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(checksums ?? {}).map(([name, value]) => [checksumMembers[name as ChecksumAlgorithm], value]),
  );
}

function badDigest(what: string): ServiceError {
  return new ServiceError("BadDigest", `The ${what} you specified did not match the calculated checksum.`);
}
