import { existsSync } from "node:fs";
import { StateError } from "../errors";
import { isFree, type Lock, readLock, takeLock } from "../state/lock";
import { newSocketPath } from "../state/socket-path";
import { readVersion } from "../state/version";

/**
 * Keeps everybody out of a state folder for as long as it takes, without opening it: nothing that waits there goes on.
 *
 * @throws StateError `state_missing` when there is no state, `state_in_use` with the process that has it, `state_newer`,
 *   `state_version_unreadable`
 */
export function holdState(stateDir: string): Lock {
  if (!existsSync(stateDir) || readVersion(stateDir) === undefined) {
    const message = `${stateDir}: there is no state here. Name the folder with --state, or run something first.`;
    throw new StateError("state_missing", message, { facts: { stateDir } });
  }
  const seen = readLock(stateDir);
  const lock = isFree(seen) ? takeLock(stateDir, seen, newSocketPath(stateDir)) : undefined;
  if (lock !== undefined) return lock;
  const { holder } = readLock(stateDir);
  const who = holder === undefined ? "another process" : `process ${holder.pid} on ${holder.host}`;
  throw new StateError(
    "state_in_use",
    `${stateDir}: ${who} has it open, and what changes meanwhile could not be told from damage. Stop it, then run this again.`,
    { facts: { stateDir, pid: holder?.pid, host: holder?.host } },
  );
}
