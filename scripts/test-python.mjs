import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root, runOrFail } from "./processes.mjs";
import { dim, elapsed, green, say } from "./terminal.mjs";

/**
 * The tests' own Python: the job environment's packages plus those of `test/python/requirements.txt`
 * (pytest, boto3, safetensors, ...), which no job ever sees. Lives in `node_modules/.cache`, rebuilt when either changes.
 *
 * @param {string} python the job environment's Python
 * @returns {Promise<string>} the tests' Python
 */
export function prepareTestPython(python) {
  return preparePython({ name: "test-python", lock: join(root, "test/python/requirements.txt"), python });
}

/**
 * A Python with the job environment's packages and those of a lock file behind it, made once and kept.
 *
 * @param {{ name: string, lock: string, python: string }} wanted folder's name, lock file, the job environment's Python
 * @returns {Promise<string>} its Python
 */
export async function preparePython({ name, lock, python }) {
  const key = createHash("sha256").update(python).update(readFileSync(lock)).digest("hex").slice(0, 12);
  const folder = join(root, "node_modules/.cache/sagewright", `${name}-${key}`);
  const testPython = join(folder, "bin/python");
  const ready = join(folder, ".ready");
  if (existsSync(ready)) return testPython;
  const start = performance.now();
  const what = `Python for the tests, from ${relative(root, lock)}`;
  say(`${dim("…")} ${what}: installing`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await runOrFail("python -m venv", python, ["-m", "venv", folder]);
  await linkJobPackages(python, testPython);
  await runOrFail("pip install", testPython, [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--require-hashes",
    "-r",
    lock,
  ]);
  writeFileSync(ready, "");
  say(`${green("✓")} ${what} ${dim(elapsed(start))}`);
  return testPython;
}

/** A `.pth` file puts the job environment's packages behind the tests' own. */
async function linkJobPackages(python, testPython) {
  const purelib = ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"];
  const from = (await runOrFail("python", python, purelib)).trim();
  const to = (await runOrFail("python", testPython, purelib)).trim();
  writeFileSync(join(to, "job-environment.pth"), `${from}\n`);
}
