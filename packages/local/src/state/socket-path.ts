import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

/** Unix sockets' names end at 104 bytes on macOS and at 108 on Linux. */
const longestSocketPath = 100;
const folderPrefix = "sagewright-";

/**
 * A new path for this process's socket: inside the state folder, or in a private folder of the system's temporary folder
 * when that would be too long a name.
 */
export function newSocketPath(stateDir: string): string {
  const inside = join(stateDir, "lock", `${process.pid}-${Date.now().toString(36)}.sock`);
  mkdirSync(dirname(inside), { recursive: true });
  if (Buffer.byteLength(inside) <= longestSocketPath) return inside;
  return join(mkdtempSync(join(tmpdir(), folderPrefix)), "s.sock");
}

/** Removes a socket that nobody listens on any more, with its private folder. */
export function removeSocket(socket: string): void {
  rmSync(socket, { force: true });
  const folder = dirname(socket);
  if (basename(folder).startsWith(folderPrefix) && dirname(folder) === tmpdir()) {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Removes the sockets that dead processes left in the state folder. For the new owner only: whoever else has a socket
 * there has just lost the folder to it and makes a new one for the next try.
 */
export function sweepSockets(stateDir: string, own: string): void {
  const folder = join(stateDir, "lock");
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".sock") && join(folder, name) !== own) rmSync(join(folder, name), { force: true });
  }
}
