import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";

/** Puts a file in the place of another at once: whoever reads sees the old one or the new one. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const unfinished = `${path}.${process.pid}.part`;
  const file = openSync(unfinished, "w", 0o600);
  try {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
}
