import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** Checksums that S3 clients send, by the ends of their header names. */
export type ChecksumAlgorithm = "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256";

/** In the order of S3's own preference. */
export const checksumAlgorithms: readonly ChecksumAlgorithm[] = ["crc64nvme", "crc32", "crc32c", "sha256", "sha1"];

/** A checksum in the making. */
export interface Checksum {
  update(chunk: Uint8Array): void;
  /** Base64, as in headers. */
  digest(): string;
}

/** Starts a checksum. */
export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  if (algorithm === "sha1" || algorithm === "sha256") {
    const hash = createHash(algorithm);
    return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest("base64") };
  }
  if (algorithm === "crc64nvme") return crc64Nvme();
  let value = 0;
  const advance =
    algorithm === "crc32" ? (chunk: Uint8Array) => crc32(chunk, value) : (chunk: Uint8Array) => crc32c(chunk, value);
  return {
    update(chunk) {
      value = advance(chunk);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes.toString("base64");
    },
  };
}

let castagnoli: Uint32Array | undefined;

function crc32c(chunk: Uint8Array, start: number): number {
  castagnoli ??= table32(0x82f63b78);
  let crc = ~start >>> 0;
  for (const byte of chunk) crc = (castagnoli[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function table32(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });
}

/** CRC-64/NVME, reflected polynomial 0x9a6c9329ac4bc9b5, on two 32-bit halves: BigInt would be fifty times slower. */
let nvme: { high: Uint32Array; low: Uint32Array } | undefined;

function crc64Nvme(): Checksum {
  nvme ??= table64(0x9a6c9329, 0xac4bc9b5);
  const { high: tableHigh, low: tableLow } = nvme;
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(chunk) {
      for (const byte of chunk) {
        const index = (low ^ byte) & 0xff;
        low = (((low >>> 8) | (high << 24)) ^ (tableLow[index] as number)) >>> 0;
        high = ((high >>> 8) ^ (tableHigh[index] as number)) >>> 0;
      }
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~high >>> 0, 0);
      bytes.writeUInt32BE(~low >>> 0, 4);
      return bytes.toString("base64");
    },
  };
}

function table64(polynomialHigh: number, polynomialLow: number): { high: Uint32Array; low: Uint32Array } {
  const highs = new Uint32Array(256);
  const lows = new Uint32Array(256);
  for (let index = 0; index < 256; index++) {
    let high = 0;
    let low = index;
    for (let bit = 0; bit < 8; bit++) {
      const odd = low & 1;
      low = ((low >>> 1) | (high << 31)) >>> 0;
      high >>>= 1;
      if (odd) {
        low = (low ^ polynomialLow) >>> 0;
        high = (high ^ polynomialHigh) >>> 0;
      }
    }
    highs[index] = high;
    lows[index] = low;
  }
  return { high: highs, low: lows };
}
