import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContainerRuntime, type RuntimeOptions } from "../../src/jobs/runtime";
import { removeFolder } from "../support/folder";

/** Runs a script where the system gives less than Linux does; gives its exit code, its lines and its /opt/ml. */
async function run(options: RuntimeOptions, files: Record<string, string>, entrypoint: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-fallback-"));
  const root = join(folder, "opt-ml");
  mkdirSync(join(root, "code"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, "code", name), text);
  const runtime = createContainerRuntime({ ...options, stateDir: join(folder, "runtime") });
  const logFile = join(folder, "log.txt");
  try {
    const container = await runtime.start({
      name: "job",
      image: "1.9-0",
      entrypoint,
      arguments: [],
      environment: { SM_MODEL_DIR: "/opt/ml/model", OTHER: "/opt/mlops/x" },
      root,
      workingDirectory: "/opt/ml/code",
      logFile,
    });
    const exit = await container.exit;
    const lines = readFileSync(logFile, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.slice(25));
    return { isolation: container.isolation, exit, root, lines };
  } finally {
    await runtime.close();
    await removeFolder(folder);
  }
}

const main = [
  "import os, helper",
  "print(os.environ['SM_MODEL_DIR'], os.environ['OTHER'], os.environ['SAGEMAKER_BASE_DIR'], os.getcwd(), helper.FOLDER, '/opt/ml/literal')",
].join("\n");
const helper = "FOLDER = '/opt/ml/input/data'\n";

describe.each([
  ["a fork without private mounts", { mounts: false }],
  ["a fresh interpreter without private mounts", { mounts: false, fork: false }],
])("%s", (_, options) => {
  test("gets this machine's paths in variables, arguments, working directory and imported source", async () => {
    const { isolation, exit, root, lines } = await run(options, { "main.py": main, "helper.py": helper }, [
      "python3",
      "/opt/ml/code/main.py",
    ]);
    expect(exit).toMatchObject({ code: 0 });
    expect(isolation).toBe("paths");
    expect(lines).toEqual([`${root}/model /opt/mlops/x ${root} ${root}/code ${root}/input/data ${root}/literal`]);
  });

  test("rewrites shell scripts", async () => {
    const { root, lines } = await run(options, { "run.sh": "echo /opt/ml/code/x $1" }, [
      "/bin/bash",
      "/opt/ml/code/run.sh",
      "/opt/ml/y",
    ]);
    expect(lines).toEqual([`${root}/code/x ${root}/y`]);
  });
});

test("a fresh interpreter with private mounts sees /opt/ml", async () => {
  const script = "import sklearn, os; print(sklearn.__version__, os.getcwd(), __file__)";
  const { isolation, lines } = await run({ fork: false }, { "main.py": script }, ["python3", "/opt/ml/code/main.py"]);
  expect({ isolation, lines }).toEqual({ isolation: "mounts", lines: ["1.9.0 /opt/ml/code /opt/ml/code/main.py"] });
});

test("OpenMP code runs in every fork, one after another and side by side", async () => {
  const script = [
    "import numpy as np",
    "from sklearn.ensemble import HistGradientBoostingClassifier",
    "x = np.random.RandomState(0).rand(500, 4); y = (x[:, 0] > 0.5).astype(int)",
    "print(HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(x, y).score(x, y))",
  ].join("\n");
  const folder = mkdtempSync(join(tmpdir(), "sagewright-openmp-"));
  const runtime = createContainerRuntime({ stateDir: join(folder, "runtime") });
  const start = async (name: string, threads: number) => {
    mkdirSync(join(folder, name, "opt-ml"), { recursive: true });
    writeFileSync(join(folder, name, "opt-ml", "main.py"), script);
    const container = await runtime.start({
      name,
      image: "1.9-0",
      entrypoint: ["python3", "/opt/ml/main.py"],
      arguments: [],
      environment: {},
      root: join(folder, name, "opt-ml"),
      workingDirectory: "/",
      logFile: join(folder, name, "log.txt"),
      threads,
    });
    const exit = await container.exit;
    return [
      exit.code,
      readFileSync(join(folder, name, "log.txt"), "utf8")
        .trim()
        .slice(25),
    ];
  };
  try {
    const alone = await start("alone", 1);
    expect(alone[0]).toBe(0);
    expect(await Promise.all([start("a", 1), start("b", 2), start("c", 2)])).toEqual([alone, alone, alone]);
  } finally {
    await runtime.close();
    await removeFolder(folder);
  }
});

test("a request's own number of OpenMP threads is honoured in a warm process", async () => {
  const script =
    "import threadpoolctl; print(sorted({(p['user_api'], p['num_threads']) for p in threadpoolctl.threadpool_info()}))";
  const folder = mkdtempSync(join(tmpdir(), "sagewright-threads-"));
  const runtime = createContainerRuntime({ stateDir: join(folder, "runtime") });
  const pools = async (environment: Record<string, string>) => {
    mkdirSync(join(folder, "opt-ml"), { recursive: true });
    writeFileSync(join(folder, "opt-ml", "main.py"), script);
    const logFile = join(folder, `log-${Object.values(environment).join()}`);
    const entrypoint = ["python3", "/opt/ml/main.py"];
    const place = { root: join(folder, "opt-ml"), workingDirectory: "/", logFile };
    await (await runtime.start({ name: "t", image: "1.9-0", entrypoint, arguments: [], environment, ...place })).exit;
    return readFileSync(logFile, "utf8").trim().slice(25);
  };
  try {
    expect(await pools({})).toBe("[('blas', 1), ('openmp', 1)]");
    expect(await pools({ OMP_NUM_THREADS: "3" })).toBe("[('blas', 1), ('openmp', 3)]");
    expect(await pools({ OPENBLAS_NUM_THREADS: "2" })).toBe("[('blas', 2), ('openmp', 1)]");
  } finally {
    await runtime.close();
    await removeFolder(folder);
  }
});
