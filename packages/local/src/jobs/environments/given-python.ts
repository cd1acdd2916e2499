import { lastLine, runCommand } from "../command";
import { RuntimeError } from "../errors";
import type { Image } from "../images";
import { differencesOf } from "./differences";
import type { Environment } from "./environment";

/** A Python that the user has: it must run, and have the image's scikit-learn. @throws RuntimeError `no_python`, `wrong_scikit_learn` */
export async function givenPython(
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
      `SAGEWRIGHT_PYTHON: ${python} does not run: ${lastLine(answer.stderr)}. ` +
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
