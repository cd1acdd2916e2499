import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { lastLine, runCommand } from "../command";
import { RuntimeError } from "../errors";
import { withFolderLock } from "../folder-lock";
import type { Image } from "../images";
import { findBasePython } from "./base-python";
import { differencesOf } from "./differences";
import type { Environment } from "./environment";
import { installLock, lockDigest, type Making } from "./install-lock";

const marker = "sagewright.json";
const platform = `${process.platform}-${process.arch}`;
/** The environment of an image: the one that is there, else a new one, which is complete or not there at all. */
export async function madeEnvironment(image: Image, home: string, making: Making): Promise<Environment> {
  const { env, onProgress, signal } = making;
  const digest = lockDigest(image.name);
  const ready = env.SAGEWRIGHT_BASE_PYTHON ? undefined : await existingEnvironment(image, home, digest);
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
export async function existingEnvironment(
  image: Image,
  home: string,
  digest: string,
): Promise<Environment | undefined> {
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
