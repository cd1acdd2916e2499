import { join } from "node:path";
import { cacheFolder } from "../cache-folder";
import { imageOf } from "../images";
import type { Environment, EnvironmentOptions } from "./environment";
import { givenPython } from "./given-python";
import { lockDigest } from "./install-lock";
import { existingEnvironment, madeEnvironment } from "./make-environment";

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
  return existingEnvironment(image, options.home ?? environmentsFolder(env), lockDigest(image.name));
}

/** Where environments live unless told otherwise. */
const environmentsFolder = (env: NodeJS.ProcessEnv): string => join(cacheFolder(env), "environments");
