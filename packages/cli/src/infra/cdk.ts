import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { loadEnvironment } from "../project/environment";
import { findProject } from "../project/find-project";

/** How `cdk` ended. */
export interface CdkEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `cdk` says to somebody who called it by hand, or of each template on its way. */
const NOISE = /^\s*$|^Supply a stack id|^(start|success): (Building|Built|Publishing|Published) /;

/** What is said without that. */
export function withoutNoise(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() === "" || !NOISE.test(line));
  return lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/**
 * Runs the project's own `cdk`. What it says while it works is progress; Ctrl-C ends it.
 *
 * @throws CliError `cdk_missing` where the project has no CDK app, or `cdk` is not installed; `environment_unknown`
 */
export async function cdk(
  { cwd, output, signal }: Pick<CommandContext, "cwd" | "output" | "signal">,
  words: readonly string[],
  env?: string,
): Promise<CdkEnd> {
  // A misspelt environment is known before cdk has loaded anything.
  if (env !== undefined) loadEnvironment(cwd, env);
  const { root } = findProject(cwd);
  const args = [programIn(root), ...words, ...(env === undefined ? [] : ["-c", `env=${env}`])];
  const child = spawn(process.execPath, args, { cwd: root, signal, stdio: ["ignore", "pipe", "pipe"] });
  return new Promise((resolve, reject) => {
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      said.stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      said.stderr += chunk;
      for (const line of String(chunk).split("\n")) if (!NOISE.test(line)) output.progress(line);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, ...said }));
  });
}

function programIn(root: string): string {
  const missing = (message: string, fix: string) =>
    new CliError({ code: "cdk_missing", subject: root, message, fix, exitCode: exitCodes.environment });
  if (!existsSync(join(root, "cdk.json")))
    throw missing("there is no CDK app here: no cdk.json", "run the command in the folder of the project that has one");
  try {
    return createRequire(join(root, "package.json")).resolve("aws-cdk/bin/cdk");
  } catch {
    throw missing("the command cdk is not installed in this project", "npm install --save-dev aws-cdk");
  }
}
