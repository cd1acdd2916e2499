import { createHash } from "node:crypto";
import type { KeptAttribute } from "./queue-record";

/** The digest by which clients check a body. */
export const md5 = (text: string | Uint8Array): string => createHash("md5").update(text).digest("hex");

/** The digest by which clients check message attributes (SQS Developer Guide, "Calculating the MD5 message digest"). */
export function md5OfAttributes(attributes: Readonly<Record<string, KeptAttribute>>): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const parts: Uint8Array[] = [];
  const add = (bytes: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.byteLength);
    parts.push(size, bytes);
  };
  for (const name of names) {
    const { DataType, StringValue = "", binary } = attributes[name] as KeptAttribute;
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    parts.push(Uint8Array.of(binary === undefined ? 1 : 2));
    add(binary === undefined ? Buffer.from(StringValue) : Buffer.from(binary, "base64"));
  }
  return md5(Buffer.concat(parts));
}
