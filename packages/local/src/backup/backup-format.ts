import { StateError } from "../errors";
import { isState } from "./state-files";

/** The format of backups that this version writes. */
export const backupFormat = 1;

/** First entry of a backup, so that anything else is refused before it is unpacked. */
export const headEntry = "backup.json";
/** Last entry of a backup; without it the archive was cut off. */
export const manifestEntry = "manifest.json";
/** Folder of the state's files within a backup. */
export const stateEntry = "state/";

/** Content of {@link headEntry}. */
export interface BackupHead {
  readonly kind: "sagewright-state";
  readonly format: number;
  /** Format of the state folder. */
  readonly state: number;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** A file in {@link manifestEntry}. */
export interface BackupFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Modification time in milliseconds, fractions included. */
  readonly mtimeMs: number;
  /** Permissions, such as 0o600. */
  readonly mode: number;
}

/** What is wrong with a backup file. */
export function badBackup(code: string, file: string, what: string, remedy: string): StateError {
  return new StateError(code, `${file}: ${what}. Nothing was changed. ${remedy}`, { facts: { file } });
}

/**
 * Where an entry goes, relative to the state folder.
 *
 * @throws StateError `backup_unsafe` for a name that would leave the folder, or that belongs to a running process
 */
export function safePath(file: string, name: string): string {
  const path = name.slice(stateEntry.length);
  const segments = path.split("/");
  const unsafe =
    !name.startsWith(stateEntry) ||
    /[\\\0]/.test(path) ||
    /^[A-Za-z]:/.test(path) ||
    segments.some((segment) => segment === "" || segment === "." || segment === "..");
  if (!unsafe && isState(path)) return path;
  throw badBackup(
    "backup_unsafe",
    file,
    `its entry ${JSON.stringify(name.slice(0, 200))} is no file of a state folder`,
    "Use a file that `state backup` wrote.",
  );
}
