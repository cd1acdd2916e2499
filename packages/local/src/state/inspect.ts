import { StateError } from "../errors";
import { isFree, readLock } from "./lock";
import { readVersion } from "./version";

/** Looks at a state folder without opening or changing it. */
export function inspectState(stateDir: string): { ok: boolean; detail: string } {
  try {
    const version = readVersion(stateDir);
    if (!version) return { ok: true, detail: `${stateDir} is not in use yet` };
    const lock = readLock(stateDir);
    const use = isFree(lock) ? "nobody has it open" : `process ${lock.holder?.pid} on ${lock.holder?.host} has it open`;
    return { ok: true, detail: `${stateDir}: format ${version.format}, ${use}` };
  } catch (error) {
    if (error instanceof StateError) return { ok: false, detail: error.message };
    throw error;
  }
}
