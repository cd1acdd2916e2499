import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, statSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { isSystemError } from "../../errors";
import type { NameCase } from "../../state/safe-name";
import { pathsOfKey } from "./object-path";

/** The files of one bucket's objects. */
export class ObjectFiles {
  constructor(
    private readonly root: string,
    private readonly nameCase: NameCase,
  ) {}

  /** @param path relative to the bucket's folder */
  absolute(path: string): string {
    return join(this.root, path);
  }

  /** Where a new key goes: its preferred path, unless a folder lies there or a file lies where one of its folders must be. */
  placeOf(key: string): string {
    const { preferred, alternative } = pathsOfKey(key, this.nameCase);
    try {
      if (lstatSync(this.absolute(preferred), { throwIfNoEntry: false })?.isDirectory()) return alternative;
      mkdirSync(dirname(this.absolute(preferred)), { recursive: true });
      return preferred;
    } catch (error) {
      if (isSystemError(error) && (error.code === "EEXIST" || error.code === "ENOTDIR")) return alternative;
      throw error;
    }
  }

  /** Renames a file into place. */
  take(file: string, path: string): void {
    const target = this.absolute(path);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(file, target);
  }

  /** Removes a file and the folders that it leaves empty: a folder in the way would push the key `a` aside. */
  remove(path: string): void {
    const file = this.absolute(path);
    try {
      unlinkSync(file);
    } catch (error) {
      if (!isSystemError(error) || error.code !== "ENOENT") throw error;
    }
    for (let parent = dirname(file); parent.startsWith(this.root) && parent !== this.root; parent = dirname(parent)) {
      try {
        rmdirSync(parent);
      } catch {
        return;
      }
    }
  }

  /** Size and modification time in milliseconds; undefined when there is no such file. */
  stat(path: string): { size: number; fileTime: number } | undefined {
    const stats = statSync(this.absolute(path), { throwIfNoEntry: false });
    return stats?.isFile() ? { size: stats.size, fileTime: stats.mtimeMs } : undefined;
  }

  /** Paths of all files. */
  list(): string[] {
    try {
      return readdirSync(this.root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1));
    } catch (error) {
      if (isSystemError(error) && error.code === "ENOENT") return [];
      throw error;
    }
  }
}
