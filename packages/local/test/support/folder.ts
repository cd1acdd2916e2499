import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of its own for every test of a file. */
export function folderPerTest(): { readonly path: string } {
  const folder = { path: "" };
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), "sagewright-state-"));
  });
  afterEach(() => removeFolder(folder.path));
  return folder;
}

/** A state folder that is removed with `remove`. */
export function temporaryState(): { folder: string; remove(): Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-state-"));
  return { folder, remove: () => removeFolder(folder) };
}

/** Removes a folder, also while something that nobody waited for writes its last line into it. */
export function removeFolder(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}
