import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recording } from "./requests";

/** Folder of the clone. */
export const root = join(__dirname, "../..");

/** Folder with the real data sets, or undefined when this machine has none. */
export const testData = [process.env.SAGEWRIGHT_TEST_DATA, join(root, "../shared/data")].find(
  (folder) => folder !== undefined && existsSync(join(folder, "bank_churn.csv")),
);

/** Python with the newest image's packages; the test runner sets it. */
export const jobPython = process.env.SAGEWRIGHT_PYTHON ?? "python3";

/** Python with what the tests need: moto, boto3, pandas; the test runner sets it. */
export const testPython = process.env.SAGEWRIGHT_TEST_PYTHON ?? "python3";

/** How a command ended. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
  /** The JSON document on stdout. */
  json<T>(): T;
}

/** In a whole run of the tests every command's requests are recorded, and checked when all have run. */
function recordingOfSuite(): NodeJS.ProcessEnv {
  const folder = process.env.SAGEWRIGHT_RECORD_FOLDER;
  return folder === undefined ? {} : recording(join(folder, `${process.pid}.jsonl`));
}

/** Starts the built command line as a user would, in a process group of its own. */
export function startCli(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): ChildProcess {
  return spawn(process.execPath, [join(root, "packages/cli/bin/sagewright.js"), ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...recordingOfSuite(), NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
}

/** Runs a command to its end. */
export function cli(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Finished> {
  return finished(startCli(args, options));
}

/** Collects what a command prints until it ends; a signal counts as exit code -1. */
export function finished(child: ChildProcess): Promise<Finished> {
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr, json: <T>() => JSON.parse(stdout) as T }));
  });
}

/**
 * A maker of new empty folders, all of which go when the tests of the file have ended. Call it at the top of a file.
 *
 * @example const newFolder = scratchFolders();
 */
export function scratchFolders(): () => string {
  const parent = mkdtempSync(join(tmpdir(), "sagewright-test-"));
  let made = 0;
  // Whatever a command started may write its last line yet.
  afterAll(() => rm(parent, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }));
  return () => {
    made += 1;
    const folder = join(parent, String(made));
    mkdirSync(folder);
    return folder;
  };
}
