import { spawn } from "node:child_process";

/** What a finished program left. */
export interface CommandResult {
  /** Exit code; null when a signal ended it or it could not be started. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** How a program is run. */
export interface CommandOptions {
  /** Environment, nothing is added. */
  env: NodeJS.ProcessEnv;
  /** Called with every whole line of standard output. */
  onLine?: (line: string) => void;
  /** @default the process's own */
  cwd?: string;
  /** @default no limit */
  timeoutMs?: number;
  /** Kills it. @default nothing does */
  signal?: AbortSignal | undefined;
}

/** Runs a program to its end. Never rejects: a program that cannot be started has code null and the reason in stderr. */
export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: options.env,
      cwd: options.cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    // Node's own timeout outlives a program that could not be started, and keeps the process alive.
    const patience =
      options.timeoutMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), options.timeoutMs);
    const kill = () => {
      child.kill("SIGKILL");
      // What it started may hold on to its output.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    if (options.signal?.aborted) kill();
    options.signal?.addEventListener("abort", kill, { once: true });
    const finish = (result: CommandResult) => {
      clearTimeout(patience);
      options.signal?.removeEventListener("abort", kill);
      resolve(result);
    };
    let stdout = "";
    let stderr = "";
    let line = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      const lines = (line + chunk).split("\n");
      line = lines.pop() ?? "";
      for (const whole of lines) options.onLine?.(whole);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.on("error", (error) => finish({ code: null, stdout, stderr: error.message }));
    child.on("close", (code) => finish({ code, stdout, stderr }));
  });
}

/** What a program said last, which is mostly why it failed. */
export const lastLine = (text: string): string => text.trim().split("\n").pop() ?? "";
