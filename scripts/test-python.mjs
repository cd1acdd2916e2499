import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, runOrFail } from "./processes.mjs";
import { dim, elapsed, green, say } from "./terminal.mjs";

/**
 * The tests' own Python: the job environment's packages plus those of `test/python/requirements.txt`
 * (pytest, boto3, safetensors, ...), which no job ever sees. Lives in `node_modules/.cache`, rebuilt when either changes.
 *
 * @param {string} python the job environment's Python
 * @returns {Promise<string>} the tests' Python
 */
export async function prepareTestPython(python) {
  const lock = join(root, "test/python/requirements.txt");
  const key = createHash("sha256").update(python).update(readFileSync(lock)).digest("hex").slice(0, 12);
  const folder = join(root, "node_modules/.cache/sagewright", `test-python-${key}`);
  const testPython = join(folder, "bin/python");
  const ready = join(folder, ".ready");
  if (existsSync(ready)) return testPython;
  const start = performance.now();
  say(`${dim("…")} Python for the tests: installing from test/python/requirements.txt`);
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
  say(`${green("✓")} Python for the tests ${dim(elapsed(start))}`);
  return testPython;
}

/** A `.pth` file puts the job environment's packages behind the tests' own. */
async function linkJobPackages(python, testPython) {
  const purelib = ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"];
  const from = (await runOrFail("python", python, purelib)).trim();
  const to = (await runOrFail("python", testPython, purelib)).trim();
  writeFileSync(join(to, "job-environment.pth"), `${from}\n`);
}
