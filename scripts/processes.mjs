import { spawn } from "node:child_process";
import { SetupError } from "./terminal.mjs";

/** Folder of the clone. */
export const root = new URL("..", import.meta.url).pathname;

/**
 * Runs a program to its end and resolves with its exit code.
 * Its output goes where ours goes, unless `quiet`: then it is kept and only shown when the program fails.
 */
export function run(command, args, { env = process.env, quiet = false, cwd = root, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const piped = quiet || onLine !== undefined;
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["ignore", piped ? "pipe" : "inherit", piped ? "pipe" : "inherit"],
    });
    let output = "";
    const keep = (chunk) => {
      output += chunk;
      if (onLine) for (const line of String(chunk).split("\n")) if (line.trim()) onLine(line);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? (signal ? 128 : 1), output }));
  });
}

/** Like {@link run}, but a non-zero exit throws with what the program printed. */
export async function runOrFail(what, command, args, options = {}) {
  const { code, output } = await run(command, args, { quiet: true, ...options });
  if (code !== 0) throw new SetupError(`${what} failed (exit code ${code}).\n${output.trimEnd()}`);
  return output;
}
