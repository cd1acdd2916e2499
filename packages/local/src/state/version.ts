import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError, StateError } from "../errors";
import { writeFileAtomic } from "./atomic-file";
import type { NameCase } from "./safe-name";
import { scratchFolder } from "./store";

/** The format of state folders that this version writes. Raised when an older version could misread what is written. */
export const stateFormat = 1;

/** Content of a state folder's VERSION file. */
export interface StateVersion {
  format: number;
  /** How the folder keeps names apart; fixed when it was made, so that it can move between machines. */
  names: NameCase;
}

/**
 * The version of an existing folder; undefined when the folder is new. Touches nothing.
 * @throws StateError `state_newer`, `state_version_unreadable`
 */
export function readVersion(stateDir: string): StateVersion | undefined {
  const file = join(stateDir, "VERSION");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (isSystemError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw error;
  }
  const version = parseVersion(text);
  if (!version) {
    throw new StateError(
      "state_version_unreadable",
      `${file}: this is no VERSION file of Sagewright, so the folder is left alone. Name another state folder, or write {"format": ${stateFormat}, "names": "case-sensitive"} into the file if you know it to be one.`,
      { facts: { file, text: text.slice(0, 200) } },
    );
  }
  if (version.format > stateFormat) {
    throw new StateError(
      "state_newer",
      `${file}: the state folder has format ${version.format}, this version of Sagewright reads up to ${stateFormat}. Nothing was changed. Upgrade Sagewright, or name another state folder.`,
      { facts: { file, found: version.format, supported: stateFormat } },
    );
  }
  return version;
}

function parseVersion(text: string): StateVersion | undefined {
  try {
    const value = JSON.parse(text) as Partial<StateVersion>;
    if (!Number.isInteger(value.format) || (value.format ?? 0) < 1) return undefined;
    return { format: value.format as number, names: value.names ?? "case-sensitive" };
  } catch {
    return undefined;
  }
}

/** Gives a new folder its version. Call with the folder's lock held. */
export async function writeVersion(stateDir: string): Promise<StateVersion> {
  const version: StateVersion = { format: stateFormat, names: probeNames(stateDir) };
  const text = `${JSON.stringify(version)}\n`;
  await writeFileAtomic(join(stateDir, "VERSION"), text, join(stateDir, scratchFolder));
  return version;
}

/** Asks the file system whether it keeps `A` and `a` apart. */
function probeNames(stateDir: string): NameCase {
  const scratch = join(stateDir, scratchFolder);
  const probe = join(scratch, `CASE-${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  writeFileSync(probe, "");
  const folded = existsSync(join(scratch, `case-${process.pid}`));
  rmSync(probe);
  return folded ? "case-insensitive" : "case-sensitive";
}
