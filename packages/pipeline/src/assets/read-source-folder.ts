import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/**
 * Reads the files under a folder into memory, for `codeDirectory` and `codeArchive`. The only file access of this package.
 * Python's caches and hidden files are left out: they differ between machines.
 */
export function readSourceFolder(path: string): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    const full = join(entry.parentPath, entry.name);
    const name = relative(path, full).split(sep).join("/");
    if (entry.isFile() && !ignored.test(name)) files[name] = readFileSync(full);
  }
  return files;
}

const ignored = /(^|\/)(\.[^/]*|__pycache__)(\/|$)|\.pyc$/;
