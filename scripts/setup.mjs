import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, runOrFail } from "./processes.mjs";
import { dim, elapsed, green, red, SetupError, say } from "./terminal.mjs";

const oldestNode = [20, 19];

/**
 * Brings a clone to the point where everything runs: node modules from the lock, a build, a Python environment
 * with the newest image's packages. Does nothing that is already done, and says what it does.
 *
 * @returns {Promise<{ python: string }>} the Python that runs jobs of the newest scikit-learn image.
 */
export async function setUp() {
  checkNode();
  await step("node modules", installModules);
  await step("build", build);
  const python = await step("Python environment", preparePython);
  return { python };
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new SetupError(`Node ${process.versions.node} is too old: Sagewright needs ${oldestNode.join(".")} or newer.`);
}

async function step(name, work) {
  const start = performance.now();
  let announced = false;
  const announce = (what) => {
    say(`${dim("…")} ${name}: ${what}`);
    announced = true;
  };
  const { value, note } = await work(announce);
  if (announced) say(`${green("✓")} ${name} ${dim(`${note ?? ""} ${elapsed(start)}`.trim())}`);
  return value;
}

async function installModules(announce) {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".sagewright-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return {};
  announce("installing from package-lock.json");
  await runOrFail("npm ci", process.platform === "win32" ? "npm.cmd" : "npm", [
    "ci",
    "--loglevel=error",
    "--no-audit",
    "--no-fund",
  ]);
  writeFileSync(stamp, lock);
  return {};
}

async function build(announce) {
  if (!existsSync(join(root, "packages/cli/dist"))) announce("compiling the packages");
  await runOrFail("The build", process.execPath, [
    join(root, "node_modules/typescript/bin/tsc"),
    "-b",
    "tsconfig.build.json",
  ]);
  return {};
}

async function preparePython(announce) {
  const { ensureEnvironment } = createRequire(import.meta.url)(join(root, "packages/local/dist/index.js"));
  let last = "";
  const onProgress = (line) => {
    if (line !== last) announce(line);
    last = line;
  };
  const environment = await ensureEnvironment({ image: "1.9-0", onProgress });
  return {
    value: environment.python,
    note: environment.differences?.length ? `differs from the image: ${environment.differences.join(", ")};` : "",
  };
}

/** Runs `main`, printing a {@link SetupError} as its message alone; exit code 5 is "environment". */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    const known = error instanceof SetupError || typeof error?.code === "string";
    say(`${red("✗")} ${known ? error.message : (error?.stack ?? error)}`);
    process.exitCode = 5;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runMain(async () => {
    const start = performance.now();
    mkdirSync(join(root, "node_modules"), { recursive: true });
    const { python } = await setUp();
    say(`${green("✓")} ready in ${elapsed(start)}. Python: ${python}`);
    return 0;
  });
}
