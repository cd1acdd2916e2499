import { ensureEnvironment } from "@sagewright/local";

/**
 * Makes sure of the Python that the jobs run in before anything is started, saying so when it takes time: a machine
 * without Python is told at once, not by a failed run.
 *
 * @throws RuntimeError of `@sagewright/local`: `no_python`, `wrong_scikit_learn`, `environment_failed`, `no_network`
 */
export async function readyPython(onProgress: (line: string) => void): Promise<void> {
  await ensureEnvironment({ image: "1.9-0", onProgress });
}
