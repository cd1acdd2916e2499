import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { isSystemError, StateError, writeFailure } from "../errors";

/**
 * Makes a folder and those above it, one by one: Node's own recursive mode never returns where a file system answers
 * ENOENT to making a folder in one that exists, as /proc does.
 *
 * @throws StateError `state_not_writable`, `disk_full`
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process was quicker.
    if (isSystemError(error) && error.code === "EEXIST") return;
    if (isSystemError(error) && error.code === "ENOENT") {
      const message = `${folder}: its file system takes no new folders. Choose another state folder.`;
      throw new StateError("state_not_writable", message, { facts: { file: folder, errno: error.code }, cause: error });
    }
    throw writeFailure(folder, error);
  }
}
