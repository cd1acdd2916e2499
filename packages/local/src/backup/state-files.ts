import { readdirSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../state/store";

/** Folders that belong to a running process and mean nothing elsewhere. */
const passing: ReadonlySet<string> = new Set(["lock", "runtime", scratchFolder]);

/** Whether a path, relative to the state folder, is part of the state. */
export function isState(path: string): boolean {
  return !passing.has(path.split("/")[0] ?? "");
}

/** Every regular file of the state, relative to its folder, with `/` between names, in order. */
export function stateFiles(stateDir: string): string[] {
  return walk(stateDir, "").sort();
}

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (!isState(path)) return [];
    if (entry.isDirectory()) return walk(root, path);
    return entry.isFile() ? [path] : [];
  });
}
