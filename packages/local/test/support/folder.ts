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
  // A write that was under way when a store was closed is finished: what is in the folder may grow once more.
  afterEach(() => rm(folder.path, { recursive: true, force: true, maxRetries: 9 }));
  return folder;
}
