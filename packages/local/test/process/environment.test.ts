import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../../test/support/until";
import { cacheFolder } from "../../src/jobs/cache-folder";
import { ensureEnvironment, findEnvironment } from "../../src/jobs/environments/ensure-environment";
import { lockDigest } from "../../src/jobs/environments/install-lock";
import { imageOf } from "../../src/jobs/images";
import { createContainerRuntime } from "../../src/jobs/runtime";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sagewright-environment-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A program that answers as a Python of this version would, and nothing else. */
function fakePython(name: string, version: string, body = ""): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body || `echo '["${path}", "${version}"]'`}\n`);
  chmodSync(path, 0o755);
  return path;
}

const home = () => join(folder, "environments");
const nowhere = () => ({ PATH: folder, HOME: folder });

/** A complete environment as an earlier run left it. */
function finished(versions: Record<string, string>, base: string): string {
  const name = `1.9-0-py3.12.4-${process.platform}-${process.arch}-${lockDigest("1.9-0")}`;
  mkdirSync(join(home(), name, "bin"), { recursive: true });
  writeFileSync(join(home(), name, "bin", "python3"), "");
  writeFileSync(join(home(), name, "sagewright.json"), JSON.stringify({ format: 1, image: "1.9-0", base, versions }));
  return join(home(), name, "bin", "python3");
}

test("no Python at all", async () => {
  await expect(ensureEnvironment({ image: "1.9-0", home: home(), env: nowhere() })).rejects.toMatchObject({
    code: "no_python",
    message:
      "No Python from 3.11 to 3.13 was found for the image 1.9-0. Found: no Python at all. " +
      "Install Python 3.12 with its venv module, or set SAGEWRIGHT_BASE_PYTHON to the path of one.",
  });
});

test("a Python that is too old, and one that does not run, are named", async () => {
  const old = fakePython("python3", "3.9.18");
  fakePython("python3.12", "", "echo 'pyenv: python3.12: command not found' >&2; exit 127");
  await expect(ensureEnvironment({ image: "1.9-0", home: home(), env: nowhere() })).rejects.toMatchObject({
    message: expect.stringContaining(
      "Found: python3.12: pyenv: python3.12: command not found; python3: Python 3.9.18.",
    ),
  });
  await expect(
    ensureEnvironment({ image: "1.9-0", home: home(), env: { ...nowhere(), SAGEWRIGHT_BASE_PYTHON: old } }),
  ).rejects.toMatchObject({ message: expect.stringContaining(`Found: ${old}: Python 3.9.18.`) });
});

test("a runtime that is closed gives up the environment that is being made", async () => {
  const begun = join(folder, "begun");
  const body = `if [ "$1" = "-m" ]; then : > ${begun}; sleep 600; fi\necho '["${join(folder, "python3")}", "3.12.4"]'`;
  fakePython("python3", "", body);
  const { PATH, HOME, SAGEWRIGHT_PYTHON } = process.env;
  Object.assign(process.env, { PATH: `${folder}:${PATH}`, HOME: folder, SAGEWRIGHT_BASE_PYTHON: "python3" });
  delete process.env.SAGEWRIGHT_PYTHON;
  try {
    const runtime = createContainerRuntime({ environmentsDir: home(), stateDir: join(folder, "runtime") });
    const impatient = new AbortController();
    const one = runtime.environment("1.9-0", impatient.signal);
    const other = runtime.environment("1.9-0");
    const ends = Promise.allSettled([one, other]);
    await until(() => existsSync(begun));
    impatient.abort(new Error("The job was stopped."));
    await expect(one).rejects.toThrow("The job was stopped.");
    await runtime.close();
    expect(await ends).toMatchObject([{}, { reason: { message: "The embedded cloud was closed." } }]);
  } finally {
    Object.assign(process.env, { PATH, HOME }, SAGEWRIGHT_PYTHON === undefined ? {} : { SAGEWRIGHT_PYTHON });
    delete process.env.SAGEWRIGHT_BASE_PYTHON;
  }
});

test("a given Python must have the image's scikit-learn", async () => {
  const python = fakePython("given", "", `echo '{"python": "3.12.4", "scikit-learn": "1.8.0"}'`);
  await expect(ensureEnvironment({ image: "1.9-0", python, env: nowhere() })).rejects.toMatchObject({
    code: "wrong_scikit_learn",
    message:
      `SAGEWRIGHT_PYTHON: ${python} has scikit-learn 1.8.0, the image 1.9-0 has 1.9.0. ` +
      "Unset SAGEWRIGHT_PYTHON to have the right environment made.",
  });
});

test("a given Python is used as it is, and what differs from the image is said", async () => {
  const answer =
    '{"python": "3.11.7", "scikit-learn": "1.9.0", "numpy": "2.4.6", "scipy": "1.18.0", "pandas": "2.2.3", "joblib": "1.5.3"}';
  const python = fakePython("given", "", `echo '${answer}'`);
  expect(await ensureEnvironment({ image: "1.9-0", env: { ...nowhere(), SAGEWRIGHT_PYTHON: python } })).toEqual({
    image: "1.9-0",
    python,
    differences: ["Python 3.11.7 instead of 3.12", "numpy 2.4.6 instead of 2.5.1", "no threadpoolctl (image: 3.6.0)"],
  });
});

test("a finished environment is found without starting a Python, and remembered", async () => {
  const { pins } = imageOf("1.9-0");
  const python = finished({ python: "3.12.4", ...pins }, join(folder));
  const image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0";
  expect(await findEnvironment({ image, home: home(), env: nowhere() })).toEqual({
    image: "1.9-0",
    python,
    differences: [],
  });
  await ensureEnvironment({ image, home: home(), env: nowhere() });
  // An environment that is known is not looked for again.
  rmSync(home(), { recursive: true });
  expect(await ensureEnvironment({ image, home: home(), env: nowhere() })).toMatchObject({ python });
});

test("an environment whose Python was removed, or that is not finished, does not count", async () => {
  finished({}, join(folder, "no-such-python"));
  expect(await findEnvironment({ image: "1.9-0", home: home(), env: nowhere() })).toBeUndefined();
});

test("leftovers of a killed creation are removed and its lock is taken over", async () => {
  const venvFails = 'case "$1" in -m) echo "no venv here" >&2; exit 1;; esac';
  const python = fakePython("python3.12", "", `${venvFails}; echo '["${folder}/python3.12", "3.12.4"]'`);
  const made = join(home(), `1.9-0-py3.12.4-${process.platform}-${process.arch}-${lockDigest("1.9-0")}`);
  mkdirSync(`${made}.lock`, { recursive: true });
  writeFileSync(join(`${made}.lock`, "pid"), "999999999");
  mkdirSync(made);
  writeFileSync(join(made, "leftover"), "");
  const lines: string[] = [];
  const attempt = ensureEnvironment({
    image: "1.9-0",
    home: home(),
    env: nowhere(),
    onProgress: (line) => lines.push(line),
  });
  await expect(attempt).rejects.toMatchObject({
    code: "environment_failed",
    message:
      `${python} could not make a virtual environment: no venv here. ` +
      "Install Python's venv module (on Debian and Ubuntu: the package python3-venv).",
  });
  expect(lines.at(-1)).toBe(`Making the Python environment of image 1.9-0 with ${python}`);
  expect(readdirSync(home())).toEqual([]);
});

test("a missing network is said clearly, and nothing half-made counts as an environment", async () => {
  // The real thing up to pip, whose index is an address where nobody answers.
  const unreachable = { PIP_INDEX_URL: "http://127.0.0.1:9/", PIP_RETRIES: "0", PIP_NO_CACHE_DIR: "1" };
  const env = { PATH: process.env.PATH, HOME: folder, ...unreachable };
  await expect(ensureEnvironment({ image: "1.9-0", home: home(), env })).rejects.toMatchObject({
    code: "no_network",
    message: expect.stringContaining("the package index cannot be reached. Connect to the network"),
  });
  expect(await findEnvironment({ image: "1.9-0", home: home(), env: nowhere() })).toBeUndefined();
  expect(readdirSync(home()).filter((name) => name.endsWith(".lock"))).toEqual([]);
});

test("the cache folder follows the system's conventions", () => {
  expect(cacheFolder({ SAGEWRIGHT_CACHE: "/c" }, "linux", "/h")).toBe("/c");
  expect(cacheFolder({ XDG_CACHE_HOME: "/x" }, "linux", "/h")).toBe("/x/sagewright");
  expect(cacheFolder({}, "linux", "/h")).toBe("/h/.cache/sagewright");
  expect(cacheFolder({}, "darwin", "/h")).toBe("/h/Library/Caches/sagewright");
});

test.each([
  ["683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3", "1.2-1"],
  ["683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-py312-cpu-py3", "1.4-2"],
  ["1.9-0", "1.9-0"],
])("the image of %s", (uri, name) => {
  expect(imageOf(uri).name).toBe(name);
});
