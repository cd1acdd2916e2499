import { crc32 } from "node:zlib";

const blockLimit = 0xffff;

/**
 * A gzip stream of stored (uncompressed) blocks. Compressors differ between zlib versions and so between Node versions;
 * stored blocks are the same bytes everywhere, and code is small.
 */
export function gzipStored(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)];
  const blocks = Math.max(1, Math.ceil(data.byteLength / blockLimit));
  for (let index = 0; index < blocks; index++) {
    const chunk = data.subarray(index * blockLimit, (index + 1) * blockLimit);
    const head = Buffer.alloc(5);
    head.writeUInt8(index === blocks - 1 ? 1 : 0, 0);
    head.writeUInt16LE(chunk.byteLength, 1);
    head.writeUInt16LE(chunk.byteLength ^ 0xffff, 3);
    parts.push(head, chunk);
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(data), 0);
  tail.writeUInt32LE(data.byteLength % 2 ** 32, 4);
  return Buffer.concat([...parts, tail]);
}
