import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lastLine, runCommand } from "../command";
import { RuntimeError } from "../errors";
import { pythonFolder } from "../python-folder";

/** How an environment is being made. */
export interface Making {
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Short digest of a lock: another lock is another environment. */
export const lockDigest = (name: string): string =>
  createHash("sha256")
    .update(readFileSync(lockFile(name)))
    .digest("hex")
    .slice(0, 12);

/** The lock of an image, or of an addition such as `demo`. */
const lockFile = (name: string): string => join(pythonFolder, "requirements", `${name}.txt`);

/** Installs a lock into an environment, or with `target` options elsewhere. @throws RuntimeError `no_network`, `environment_failed` */
export async function installLock(
  python: string,
  lock: string,
  { env, onProgress, signal }: Making,
  target: readonly string[] = [],
): Promise<void> {
  const args = [
    "-m",
    "pip",
    "install",
    "--require-hashes",
    "--only-binary",
    ":all:",
    "--no-deps",
    "--progress-bar",
    "off",
  ];
  const result = await runCommand(python, [...args, "--disable-pip-version-check", ...target, "-r", lockFile(lock)], {
    env,
    signal,
    onLine: (line) => {
      const step = progressOf(line.trim());
      if (step) onProgress(step);
    },
  });
  if (result.code === 0) return;
  signal?.throwIfAborted();
  const offline =
    /NewConnectionError|NameResolutionError|ConnectTimeout|Connection (?:refused|reset)|ProxyError|ReadTimeout|from versions: none/;
  if (offline.test(result.stderr)) {
    throw new RuntimeError(
      "no_network",
      `The packages of ${lock} could not be downloaded: the package index cannot be reached. ` +
        "Connect to the network (or set pip's own index or proxy settings) and run again; what was downloaded is kept in pip's cache.",
      { facts: { lock, reason: lastLine(result.stderr) } },
    );
  }
  throw new RuntimeError("environment_failed", `pip could not install ${lock}: ${lastLine(result.stderr)}`, {
    facts: { lock, stderr: result.stderr.slice(-2000) },
  });
}

/** pip's lines, without what only pip needs to know. */
function progressOf(line: string): string | undefined {
  const file = /^Downloading ([^-\s]+)-([^-\s]+)-\S+\.whl(?:\.metadata)? (\(.*\))$/.exec(line);
  if (file) return line.includes(".metadata") ? undefined : `Downloading ${file[1]} ${file[2]} ${file[3]}`;
  const packages = /^Installing collected packages: (.*)$/.exec(line);
  return packages ? `Installing ${packages[1]?.split(", ").length} packages` : undefined;
}
