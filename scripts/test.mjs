import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareNode24 } from "./node24.mjs";
import { root, run } from "./processes.mjs";
import { runMain, setUp } from "./setup.mjs";
import { dim, elapsed, green, red, say } from "./terminal.mjs";
import { prepareTestPython } from "./test-python.mjs";

/**
 * `npm test`: sets up what is missing and runs every suite; `npm test -- unit parity` runs the named ones.
 * The last line is the count over all of them.
 */
const node = process.execPath;
const bin = (name) => join(root, "node_modules", name);

const suites = [
  { name: "lint", run: () => check([bin("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."]) },
  { name: "types", run: () => check([bin("typescript/bin/tsc"), "--noEmit", "-p", "tsconfig.json"]) },
  { name: "unit", run: () => jest("packages/.*/test/unit", "pipelines") },
  { name: "process", run: () => jest("packages/.*/test/process") },
  { name: "python", run: pytest },
  { name: "infra", run: () => jest("infra/test") },
  { name: "docs", run: () => jest("test/docs") },
  { name: "parity", run: () => jest("test/parity") },
  { name: "conformance", run: () => jest("test/conformance") },
  { name: "fault", run: () => jest("test/fault") },
  { name: "e2e", run: () => jest("test/e2e") },
  { name: "requests", run: () => jest("test/requests") },
];

let environment = process.env;
let scratch;

/** A program that either passes or fails counts as one test. */
async function check(args) {
  const { code, output } = await run(node, args, { quiet: true, env: environment });
  if (code !== 0) process.stdout.write(output);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function jest(...paths) {
  const file = join(scratch, `jest-${paths.join("-").replaceAll(/[^a-z]+/g, "-")}.json`);
  const args = [bin("jest/bin/jest.js"), ...paths, "--json", `--outputFile=${file}`, "--maxWorkers=2"];
  const { code, output } = await run(node, args, { quiet: true, env: environment });
  if (!existsSync(file)) return failedToStart(output);
  const report = JSON.parse(readFileSync(file, "utf8"));
  if (code !== 0) process.stdout.write(failures(report));
  // A file that does not even load has no failed test of its own, so it counts as one.
  const broken = report.testResults.filter(
    (result) => result.status === "failed" && result.assertionResults.length === 0,
  );
  printSkipped(
    report.testResults
      .flatMap((result) => result.assertionResults)
      .filter((test) => test.status === "pending")
      .map((test) => test.fullName),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests,
  };
}

function failures(report) {
  return report.testResults
    .filter((result) => result.status === "failed")
    .map((result) => `${result.message}\n`)
    .join("");
}

async function pytest() {
  const folders = readdirSync(join(root, "packages"))
    .map((name) => join("packages", name, "test/python"))
    .filter((path) => existsSync(join(root, path)));
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const folder of folders) {
    const { code, output } = await run(
      environment.SAGEWRIGHT_TEST_PYTHON,
      ["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", folder],
      { quiet: true, env: environment },
    );
    const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(output.trimEnd().split("\n").at(-1))?.[1] ?? 0);
    if (code !== 0) process.stdout.write(output);
    total.passed += count("passed");
    total.failed += count("failed") + count("error") || (code === 0 ? 0 : 1);
    total.skipped += count("skipped");
    printSkipped(output.split("\n").filter((line) => line.startsWith("SKIPPED")));
  }
  return total;
}

function failedToStart(output) {
  process.stdout.write(output);
  return { passed: 0, failed: 1 };
}

function printSkipped(names) {
  for (const name of names) say(dim(`  skipped: ${name}`));
}

await runMain(async () => {
  const start = performance.now();
  const { python } = await setUp();
  const testPython = await prepareTestPython(python);
  const node24 = await prepareNode24();
  environment = {
    ...process.env,
    SAGEWRIGHT_PYTHON: python,
    SAGEWRIGHT_TEST_PYTHON: testPython,
    ...(node24 === undefined ? {} : { SAGEWRIGHT_NODE24: node24 }),
    NO_COLOR: "1",
    FORCE_COLOR: "0",
  };
  scratch = mkdtempSync(join(tmpdir(), "sagewright-test-"));
  // Requests of every command of every suite, for the last one to check.
  environment.SAGEWRIGHT_RECORD_FOLDER = mkdtempSync(join(scratch, "requests-"));
  const wanted = process.argv.slice(2);
  const total = { passed: 0, failed: 0 };
  try {
    for (const suite of suites.filter((suite) => wanted.length === 0 || wanted.includes(suite.name))) {
      const began = performance.now();
      say(`${dim("…")} ${suite.name}`);
      const result = await suite.run();
      total.passed += result.passed;
      total.failed += result.failed;
      say(
        `${result.failed ? red("✗") : green("✓")} ${suite.name}: ${result.passed} passed, ${result.failed} failed${result.skipped ? `, ${result.skipped} skipped` : ""} ${dim(elapsed(began))}`,
      );
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  say(dim(`${elapsed(start)} in all`));
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
});
