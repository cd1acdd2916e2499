import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { unpackArchive } from "../../../jobs/archive";
import { cacheFolder } from "../../../jobs/cache-folder";
import { lastLine, runCommand } from "../../../jobs/command";
import { JobError } from "../../../jobs/errors";
import { withFolderLock } from "../../../jobs/folder-lock";
import { parseS3Uri } from "../../../jobs/s3-uri";
import { regularFiles } from "../../../jobs/transfer";
import type { Objects } from "../../s3/objects";

/**
 * Puts the user's code where the toolkit puts it: into `/opt/ml/code`, unless something is there already.
 *
 * @param uri `s3://…/sourcedir.tar.gz`, or a folder, archive or file below /opt/ml of the job
 * @param root the job's /opt/ml on this machine
 * @throws JobError `no_code`, `bad_archive`
 */
export async function installCode(objects: Objects, uri: string, root: string): Promise<void> {
  const folder = join(root, "code");
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) return;
  const place = parseS3Uri(uri);
  if (place) {
    const object = await objects.get(place.bucket, place.key);
    if (!object) {
      throw new JobError("no_code", `sagemaker_submit_directory: there is no object ${uri}.`, { facts: { uri } });
    }
    await unpackArchive(object.file, folder);
    return;
  }
  if (!uri.startsWith("/opt/ml/")) return;
  const local = join(root, uri.slice("/opt/ml/".length));
  const state = await stat(local).catch(() => undefined);
  if (!state) throw new JobError("no_code", `sagemaker_submit_directory: there is no ${uri}.`, { facts: { uri } });
  if (state.isDirectory()) await cp(local, folder, { recursive: true });
  else if (/\.(tar|tgz|tar\.gz)$/.test(local)) await unpackArchive(local, folder);
  else await cp(local, join(folder, basename(local)));
}

/**
 * The Python that has what a job's requirements.txt asks for: the image's own when there is no such file, else a layer
 * over it, made once per content.
 *
 * @param python the image's interpreter
 * @param log told what pip says when the layer is made
 * @param signal gives up making it; its reason is thrown
 * @throws JobError `requirements_failed`
 */
export async function pythonWithRequirements(
  python: string,
  folder: string,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const file = join(folder, "requirements.txt");
  const text = await readFile(file, "utf8").catch(() => "");
  if (text.split("\n").every((line) => /^\s*(#.*)?$/.test(line))) return python;
  const digest = await layerDigest(python, folder, text);
  const layer = join(cacheFolder(), "layers", digest);
  const layered = join(layer, "bin", "python3");
  const complete = join(layer, "complete");
  if (await stat(complete).catch(() => undefined)) return layered;
  const make = async () => {
    if (await stat(complete).catch(() => undefined)) return layered;
    await rm(layer, { recursive: true, force: true });
    await makeLayer(python, layer, { code: folder, log, signal });
    await writeFile(`${complete}.new`, text);
    await rename(`${complete}.new`, complete);
    return layered;
  };
  return withFolderLock(`${layer}.lock`, log, make, signal);
}

/** A layer depends on the file's text, and where that names files of the code, on all of the code. */
async function layerDigest(python: string, folder: string, text: string): Promise<string> {
  const hash = createHash("sha256").update(`${python}\n${text}`);
  if (/^\s*[-./]|file:/m.test(text)) {
    for (const { path } of await regularFiles(folder))
      hash.update(`\n${path}\n`).update(await readFile(join(folder, path)));
  }
  return hash.digest("hex").slice(0, 16);
}

interface LayerOptions {
  readonly code: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

async function makeLayer(python: string, layer: string, { code, log, signal }: LayerOptions): Promise<void> {
  const env = process.env;
  const made = await runCommand(python, ["-m", "venv", "--without-pip", layer], { env });
  const sites = await runCommand(python, ["-c", "import site; print('\\n'.join(site.getsitepackages()))"], { env });
  const own = await runCommand(join(layer, "bin", "python3"), ["-c", "import site; print(site.getsitepackages()[0])"], {
    env,
  });
  if (made.code !== 0 || sites.code !== 0 || own.code !== 0) {
    throw new JobError(
      "requirements_failed",
      `A Python layer could not be made: ${made.stderr}${sites.stderr}${own.stderr}`,
    );
  }
  // The image's packages come after the layer's own, so that a job may choose another version for itself.
  await writeFile(join(own.stdout.trim(), "sagewright-image.pth"), sites.stdout);
  // The image's pip works on the layer: making a pip of its own would take seconds.
  const target = ["--python", join(layer, "bin", "python3")];
  const args = [
    "-m",
    "pip",
    ...target,
    "install",
    "--disable-pip-version-check",
    "--progress-bar",
    "off",
    "-r",
    "requirements.txt",
  ];
  const installed = await runCommand(python, args, { env, cwd: code, onLine: log, signal });
  if (installed.code === 0) return;
  await rm(layer, { recursive: true, force: true });
  signal?.throwIfAborted();
  const offline =
    /NewConnectionError|NameResolutionError|ConnectTimeout|Connection (?:refused|reset)|ProxyError|ReadTimeout/;
  const remedy = offline.test(installed.stderr)
    ? "The package index cannot be reached; connect to the network, or leave requirements.txt out when the image already has the packages."
    : "Check the names and versions in requirements.txt against the image's Python.";
  throw new JobError(
    "requirements_failed",
    `InstallRequirementsError:\nExitCode ${installed.code}\nErrorMessage "${lastLine(installed.stderr)}"\n` +
      `Command "${python} -m pip install -r requirements.txt"\n${remedy}`,
    { facts: { stderr: installed.stderr.slice(-2000) } },
  );
}
