import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findBasePython } from "./base-python";
import { cacheFolder } from "./cache-folder";
import { runCommand } from "./command";
import { RuntimeError } from "./errors";
import { withFolderLock } from "./folder-lock";
import { type Image, imageOf } from "./images";

/** A Python that has an image's packages. */
export interface Environment {
  /** Name of the image it stands in for, for instance `1.9-0`. */
  image: string;
  /** Absolute path of its interpreter. */
  python: string;
  /** What differs from the real image, one sentence each; a job's log starts with them. */
  differences: string[];
}

/** How an environment is found or made. */
export interface EnvironmentOptions {
  /** An image URI or an image's bare name. */
  image: string;
  /** Folder that holds all environments. @default the user's cache folder (see `SAGEWRIGHT_CACHE`) */
  home?: string;
  /** A Python that is used as it is when its scikit-learn is the image's. @default `SAGEWRIGHT_PYTHON`, else an environment is made */
  python?: string;
  /** Told what is going on when something takes time; silent when the environment is there. */
  onProgress?: (line: string) => void;
  /** @default the process's own */
  env?: NodeJS.ProcessEnv;
  /** Gives up making one; its reason is thrown. @default nothing does */
  signal?: AbortSignal;
}

/** How an environment is being made. */
export interface Making {
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Folder of the product's Python files. */
export const pythonFolder = join(__dirname, "..", "..", "python");

const marker = "sagewright.json";
const platform = `${process.platform}-${process.arch}`;
const known = new Map<string, Environment>();

/**
 * Finds the Python environment of an image, or makes it: a virtual environment from the image's lock, every wheel
 * checked against its recorded digest, complete or not there at all. Known environments are answered from memory.
 *
 * @throws RuntimeError `unknown_image`, `no_python`, `wrong_scikit_learn`, `environment_failed`, `no_network`
 */
export async function ensureEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const env = options.env ?? process.env;
  const image = imageOf(options.image);
  const given = options.python ?? env.SAGEWRIGHT_PYTHON;
  const home = options.home ?? environmentsFolder(env);
  const key = JSON.stringify([image.name, given ?? null, home, env.SAGEWRIGHT_BASE_PYTHON ?? null]);
  const seen = known.get(key);
  if (seen) return seen;
  const found = given
    ? await givenPython(image, given, env, options.signal)
    : await madeEnvironment(image, home, {
        env,
        onProgress: options.onProgress ?? (() => undefined),
        signal: options.signal,
      });
  known.set(key, found);
  return found;
}

/**
 * The environment of an image where it is there already; nothing is made.
 * @throws RuntimeError `unknown_image`, and for a given Python `no_python`, `wrong_scikit_learn`
 */
export async function findEnvironment(options: EnvironmentOptions): Promise<Environment | undefined> {
  const env = options.env ?? process.env;
  const image = imageOf(options.image);
  const given = options.python ?? env.SAGEWRIGHT_PYTHON;
  if (given) return givenPython(image, given, env);
  return existing(image, options.home ?? environmentsFolder(env), lockDigest(image.name));
}

/** Where environments live unless told otherwise. */
const environmentsFolder = (env: NodeJS.ProcessEnv): string => join(cacheFolder(env), "environments");

/** Short digest of a lock: another lock is another environment. */
export const lockDigest = (name: string): string =>
  createHash("sha256")
    .update(readFileSync(lockFile(name)))
    .digest("hex")
    .slice(0, 12);

/** The lock of an image, or of an addition such as `demo`. */
const lockFile = (name: string): string => join(pythonFolder, "requirements", `${name}.txt`);

async function givenPython(
  image: Image,
  python: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Environment> {
  const script =
    "import json, sys\nfrom importlib import metadata\nout = {'python': '%d.%d.%d' % sys.version_info[:3]}\n" +
    "for name in sys.argv[1:]:\n try: out[name] = metadata.version(name)\n except metadata.PackageNotFoundError: pass\n" +
    "print(json.dumps(out))";
  const names = ["scikit-learn", ...Object.keys(image.pins)];
  const answer = await runCommand(python, ["-c", script, ...names], { env, timeoutMs: 20_000, signal });
  signal?.throwIfAborted();
  if (answer.code !== 0) {
    throw new RuntimeError(
      "no_python",
      `SAGEWRIGHT_PYTHON: ${python} does not run: ${answer.stderr.trim().split("\n").pop()}. ` +
        `Give the path of a Python that has scikit-learn ${image.scikitLearn}, or unset it to have an environment made.`,
      { facts: { python, image: image.name } },
    );
  }
  const versions = JSON.parse(answer.stdout) as Record<string, string>;
  const actual = versions["scikit-learn"];
  if (actual !== image.scikitLearn) {
    throw new RuntimeError(
      "wrong_scikit_learn",
      `SAGEWRIGHT_PYTHON: ${python} has ${actual ? `scikit-learn ${actual}` : "no scikit-learn"}, the image ` +
        `${image.name} has ${image.scikitLearn}. Unset SAGEWRIGHT_PYTHON to have the right environment made.`,
      { facts: { python, image: image.name, expected: image.scikitLearn, actual: actual ?? null } },
    );
  }
  return { image: image.name, python, differences: differencesOf(image, versions) };
}

async function madeEnvironment(image: Image, home: string, making: Making): Promise<Environment> {
  const { env, onProgress, signal } = making;
  const digest = lockDigest(image.name);
  const ready = env.SAGEWRIGHT_BASE_PYTHON ? undefined : await existing(image, home, digest);
  if (ready) return ready;
  const base = await findBasePython(image, env, signal);
  const folder = join(home, `${image.name}-py${base.version}-${platform}-${digest}`);
  const make = async () => {
    const made = await readMarker(image, folder);
    if (made) return made;
    await create(image, folder, base.path, making);
    const fresh = await readMarker(image, folder);
    if (fresh) return fresh;
    throw new RuntimeError(
      "environment_failed",
      `${folder}: the environment was made but cannot be read back. Remove the folder, then try again.`,
    );
  };
  return withFolderLock(`${folder}.lock`, onProgress, make, signal);
}

/** Any complete environment of this lock will do; asking for it starts no Python. */
async function existing(image: Image, home: string, digest: string): Promise<Environment | undefined> {
  const names = await readdir(home).catch(() => []);
  for (const name of names.sort()) {
    if (!name.startsWith(`${image.name}-py`) || !name.endsWith(`-${platform}-${digest}`)) continue;
    const found = await readMarker(image, join(home, name));
    if (found) return found;
  }
  return undefined;
}

async function readMarker(image: Image, folder: string): Promise<Environment | undefined> {
  try {
    const { versions, base } = JSON.parse(await readFile(join(folder, marker), "utf8")) as {
      versions: Record<string, string>;
      base: string;
    };
    // A virtual environment is only as good as the Python it was made from, which may have been removed since.
    await stat(base);
    const python = join(folder, "bin", "python3");
    await stat(python);
    return { image: image.name, python, differences: differencesOf(image, versions) };
  } catch {
    return undefined;
  }
}

async function create(image: Image, folder: string, base: string, making: Making): Promise<void> {
  const { env, onProgress, signal } = making;
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  onProgress(`Making the Python environment of image ${image.name} with ${base}`);
  const made = await runCommand(base, ["-m", "venv", folder], { env, signal });
  signal?.throwIfAborted();
  if (made.code !== 0) {
    throw new RuntimeError(
      "environment_failed",
      `${base} could not make a virtual environment: ${lastLine(made.stdout + made.stderr)}. ` +
        "Install Python's venv module (on Debian and Ubuntu: the package python3-venv).",
      { facts: { base, folder } },
    );
  }
  const python = join(folder, "bin", "python3");
  await installLock(python, image.name, making);
  const listed = await runCommand(python, ["-m", "pip", "list", "--format=json", "--disable-pip-version-check"], {
    env,
    signal,
  });
  signal?.throwIfAborted();
  const packages = JSON.parse(listed.stdout) as { name: string; version: string }[];
  const versions = Object.fromEntries(packages.map(({ name, version }) => [name.toLowerCase(), version]));
  const asked = await runCommand(python, ["-c", "import platform; print(platform.python_version())"], { env });
  versions.python = asked.stdout.trim();
  const text = `${JSON.stringify({ format: 1, image: image.name, base, versions }, null, 2)}\n`;
  await writeFile(join(folder, `${marker}.new`), text);
  await rename(join(folder, `${marker}.new`), join(folder, marker));
  onProgress(`The Python environment of image ${image.name} is ready`);
}

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

function differencesOf(image: Image, versions: Readonly<Record<string, string>>): string[] {
  const differences: string[] = [];
  const python = versions.python ?? "";
  if (!python.startsWith(`${image.python}.`)) differences.push(`Python ${python} instead of ${image.python}`);
  for (const [name, pin] of Object.entries(image.pins)) {
    const actual = versions[name];
    if (actual !== pin) differences.push(actual ? `${name} ${actual} instead of ${pin}` : `no ${name} (image: ${pin})`);
  }
  return differences;
}

const lastLine = (text: string): string => text.trim().split("\n").pop() ?? "";
