import { readdir } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { lastLine, runCommand } from "../command";
import { RuntimeError } from "../errors";
import type { Image } from "../images";

/** A Python on this machine. */
export interface BasePython {
  /** Absolute path of the interpreter itself, no wrapper script. */
  path: string;
  /** For instance `3.12.4`. */
  version: string;
}

const question =
  "import sys, json, ctypes, ensurepip, ssl, venv; print(json.dumps([sys.executable, '%d.%d.%d' % sys.version_info[:3]]))";

/**
 * Finds the Python to make an image's environment from: `SAGEWRIGHT_BASE_PYTHON` when set, else the one of the PATH
 * (then of pyenv) whose version is nearest to the image's own.
 *
 * @param env the user's environment
 * @param signal gives up; its reason is thrown
 * @throws RuntimeError `no_python` naming every candidate and why it was not taken
 */
export async function findBasePython(
  image: Image,
  env: NodeJS.ProcessEnv = process.env,
  signal?: AbortSignal,
): Promise<BasePython> {
  const rejected: string[] = [];
  for (const candidate of await candidates(image, env)) {
    const answer = await runCommand(candidate, ["-c", question], { env, timeoutMs: 20_000, signal });
    signal?.throwIfAborted();
    if (answer.code !== 0) {
      const reason = lastLine(answer.stderr);
      if (!reason.includes("ENOENT")) rejected.push(`${candidate}: ${reason}`);
      continue;
    }
    const [path, version] = answerOf(answer.stdout) ?? [];
    if (path !== undefined && version !== undefined && isSuitable(image, version)) return { path, version };
    rejected.push(`${candidate}: ${version === undefined ? "it does not answer as Python does" : `Python ${version}`}`);
  }
  const { lowest, highest } = image.pythonMinor;
  throw new RuntimeError(
    "no_python",
    `No Python from 3.${lowest} to 3.${highest} was found for the image ${image.name}. ` +
      `Found: ${rejected.length > 0 ? rejected.join("; ") : "no Python at all"}. ` +
      `Install Python 3.${Math.min(12, highest)} with its venv module, or set SAGEWRIGHT_BASE_PYTHON to the path of one.`,
    { facts: { image: image.name, lowest: `3.${lowest}`, highest: `3.${highest}`, rejected } },
  );
}

/** Path and version as a Python answers; undefined for anything else that happens to be called so. */
function answerOf(text: string): [string, string] | undefined {
  try {
    return JSON.parse(text) as [string, string];
  } catch {
    return undefined;
  }
}

/** Whether every pin of an image's lock has wheels for this Python. */
function isSuitable(image: Image, version: string): boolean {
  const [major, minor] = version.split(".").map(Number);
  return major === 3 && minor !== undefined && minor >= image.pythonMinor.lowest && minor <= image.pythonMinor.highest;
}

async function candidates(image: Image, env: NodeJS.ProcessEnv): Promise<string[]> {
  if (env.SAGEWRIGHT_BASE_PYTHON) return [env.SAGEWRIGHT_BASE_PYTHON];
  const own = Number(image.python.split(".")[1]);
  const minors: number[] = [];
  for (let minor = image.pythonMinor.lowest; minor <= image.pythonMinor.highest; minor++) minors.push(minor);
  minors.sort((a, b) => Math.abs(a - own) - Math.abs(b - own));
  const found = await Promise.all(
    minors.map(async (minor) => [`python3.${minor}`, ...(await pyenvPythons(minor, env))]),
  );
  return [...found.flat(), "python3", "python"];
}

/** pyenv puts wrappers on the PATH that answer for chosen versions only; the interpreters themselves always work. */
async function pyenvPythons(minor: number, env: NodeJS.ProcessEnv): Promise<string[]> {
  const root = env.PYENV_ROOT ?? (env.HOME ? join(env.HOME, ".pyenv") : undefined);
  if (!root || !isAbsolute(root) || root.includes(delimiter)) return [];
  const versions = await readdir(join(root, "versions")).catch(() => []);
  return versions
    .filter((version) => version.startsWith(`3.${minor}.`))
    .map((version) => join(root, "versions", version, "bin", `python3.${minor}`));
}
