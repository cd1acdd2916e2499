import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../../../test/support/until";
import { type ContainerRuntime, type ContainerSpec, createContainerRuntime } from "../../../src/jobs/runtime";
import { removeFolder } from "../../support/folder";

// A busy machine imports scikit-learn for many seconds.
describe("a container of the scikit-learn image", () => {
  let runtime: ContainerRuntime;
  let folder: string;
  let number = 0;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sagewright-runtime-test-"));
    runtime = createContainerRuntime({ stateDir: join(folder, "runtime") });
    runtime.warm("1.9-0");
  });

  afterAll(async () => {
    await runtime.close();
    await removeFolder(folder);
  });

  function container(script: string, more: Partial<ContainerSpec> = {}): ContainerSpec & { lines(): string[] } {
    const base = join(folder, `job-${++number}`);
    mkdirSync(join(base, "opt-ml", "code"), { recursive: true });
    writeFileSync(join(base, "opt-ml", "code", "main.py"), script);
    const logFile = join(base, "log.txt");
    return {
      name: `job-${number}`,
      image: "1.9-0",
      entrypoint: ["python3", "/opt/ml/code/main.py"],
      arguments: [],
      environment: {},
      root: join(base, "opt-ml"),
      workingDirectory: "/opt/ml/code",
      logFile,
      ...more,
      lines: () =>
        readFileSync(logFile, "utf8")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /, "")),
    };
  }

  async function run(spec: ContainerSpec) {
    return (await runtime.start(spec)).exit;
  }

  test("sees its own /opt/ml and /tmp, while another one runs", async () => {
    const script = [
      "import os, time",
      "open('/opt/ml/mine', 'w').write(os.environ['WHO'])",
      "open('/tmp/mine', 'w').write(os.environ['WHO'])",
      "time.sleep(0.1)",
      "print(open('/opt/ml/mine').read(), open('/tmp/mine').read())",
    ].join("\n");
    const specs = ["first", "second"].map((WHO) => container(script, { environment: { WHO } }));
    expect(await Promise.all(specs.map(run))).toEqual([
      expect.objectContaining({ code: 0, signal: null }),
      expect.objectContaining({ code: 0, signal: null }),
    ]);
    expect(specs.map((spec) => spec.lines())).toEqual([["first first"], ["second second"]]);
    expect(readFileSync(join(specs[0]?.root ?? "", "mine"), "utf8")).toBe("first");
    expect(existsSync("/opt/ml/mine")).toBe(false);
  });

  test("starts from an empty environment with the image's variables", async () => {
    const spec = container(
      "import os\nprint(os.environ.get('SECRET_OF_THE_USER'), os.environ['TZ'], os.environ['LANG'])",
    );
    process.env.SECRET_OF_THE_USER = "leak";
    try {
      expect(await run(spec)).toMatchObject({ code: 0 });
    } finally {
      delete process.env.SECRET_OF_THE_USER;
    }
    expect(spec.lines()).toEqual(["None UTC C.UTF-8"]);
  });

  test.each([
    ["raise SystemExit(3)", 3, []],
    ["raise SystemExit('no data')", 1, ["no data"]],
    ["import sys; sys.exit()", 0, []],
    ["import atexit; atexit.register(print, 'bye')", 0, ["bye"]],
    [
      "raise ValueError('bad')",
      1,
      [
        "Traceback (most recent call last):",
        '  File "/opt/ml/code/main.py", line 1, in <module>',
        "    raise ValueError('bad')",
        "ValueError: bad",
      ],
    ],
  ])("ends as a plain interpreter would: %s", async (script, code, lines) => {
    const spec = container(script);
    expect(await run(spec)).toMatchObject({ code, signal: null });
    expect(spec.lines()).toEqual(lines);
  });

  test("reports the signal that ended it", async () => {
    expect(await run(container("import os; os.kill(os.getpid(), 9)"))).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  test("runs shells and finds python3 in them", async () => {
    const spec = container("import sklearn, sys; print(sklearn.__version__, sys.argv[1])", {
      entrypoint: ["/bin/bash", "-c"],
      arguments: ['echo "from $0"; python3 /opt/ml/code/main.py "$1"; exit 7', "shell", "a b"],
    });
    expect(await run(spec)).toMatchObject({ code: 7 });
    expect(spec.lines()).toEqual(["from shell", "1.9.0 a b"]);
  });

  test("says what cannot be executed", async () => {
    const spec = container("", { entrypoint: ["no-such-program"] });
    expect(await run(spec)).toMatchObject({ code: 127 });
    expect(spec.lines()).toEqual(['exec: "no-such-program": executable file not found in $PATH']);
  });

  test("stops with SIGTERM, whose handler may still write", async () => {
    const script = [
      "import signal, sys, time",
      "def leave(*_):\n    print('saving'); sys.exit(5)",
      "signal.signal(signal.SIGTERM, leave)",
      "print('ready')",
      "time.sleep(60)",
    ].join("\n");
    const spec = container(script);
    const running = await runtime.start(spec);
    await until(() => existsSync(spec.logFile) && spec.lines().includes("ready"));
    await running.stop(10);
    expect(await running.exit).toMatchObject({ code: 5 });
    expect(spec.lines()).toEqual(["ready", "saving"]);
  });

  test("is killed with its children when it ignores SIGTERM", async () => {
    const script = [
      "import signal, subprocess, time",
      "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
      "child = subprocess.Popen(['sleep', '60'])",
      "print(child.pid)",
      "time.sleep(60)",
    ].join("\n");
    const spec = container(script);
    const running = await runtime.start(spec);
    await until(() => existsSync(spec.logFile) && spec.lines().length === 1);
    await running.stop(0.1);
    expect(await running.exit).toMatchObject({ code: null, signal: "SIGKILL" });
    await until(() => !isAlive(Number(spec.lines()[0])));
  });

  test("has random numbers of its own", async () => {
    const script = "import numpy, random; print(numpy.random.rand(), random.random())";
    const specs = [container(script), container(script)];
    for (const spec of specs) await run(spec);
    expect(specs[0]?.lines()).not.toEqual(specs[1]?.lines());
  });

  test("gets its own module where its name is that of a warm one", async () => {
    const spec = container("import joblib; print(joblib.mine)");
    writeFileSync(join(spec.root, "code", "joblib.py"), "mine = 'yes'\n");
    expect(await run(spec)).toMatchObject({ code: 0 });
    expect(spec.lines()).toEqual(["yes"]);
  });
});

const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};
