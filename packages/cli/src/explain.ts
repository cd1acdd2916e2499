import { CliError, type Explanation } from "./errors";
import { type ExitCode, exitCodes } from "./exit-codes";

/**
 * What to tell the user about any error, and which exit code it means: ours as they are, defects of a definition or
 * contract as their list, refusals of AWS (or the embedded cloud) with their code, the system's by their errno.
 */
export function explain(error: unknown, interrupted: boolean): Explanation {
  if (error instanceof CliError) return error.explanation;
  if (interrupted)
    return {
      code: "interrupted",
      message: "interrupted; the state is kept",
      fix: "go on with: sagewright run NAME --resume",
      exitCode: exitCodes.interrupted,
    };
  if (!(error instanceof Error)) return { code: "internal", message: String(error), exitCode: exitCodes.failed };
  const { issues, $metadata, code } = error as Error & { issues?: unknown; $metadata?: object; code?: string };
  if (Array.isArray(issues))
    return {
      code: code ?? "invalid",
      message: firstLine(error),
      why: issueLines(issues),
      exitCode: exitCodes.invalid,
      cause: error,
    };
  if ($metadata !== undefined)
    return { code: error.name, message: error.message, exitCode: exitCodes.remote, cause: error };
  if (code !== undefined) return { code, message: error.message, exitCode: systemExitCode(code), cause: error };
  return {
    code: "internal",
    message: error.message,
    at: userFrame(error),
    fix: "run again with --verbose for the whole stack",
    exitCode: exitCodes.failed,
    cause: error,
  } as Explanation;
}

/** Codes that speak of this machine: no disk, no Python, a taken port, a state folder that cannot be used. */
const environmentCodes = /^(E[A-Z]+|python_.*|environment_.*|state_.*|port_.*|disk_.*)$/;
const definitionCodes =
  /^(contract_.*|definition_.*|csv_.*|file_.*|target_.*|header_.*|column_.*|no_rows|parameters?_.*|estimator_.*|policy_.*)$/;

function systemExitCode(code: string): ExitCode {
  if (environmentCodes.test(code)) return exitCodes.environment;
  if (definitionCodes.test(code)) return exitCodes.invalid;
  return exitCodes.failed;
}

function firstLine(error: Error): string {
  return error.message.split("\n")[0] ?? error.message;
}

function issueLines(issues: readonly unknown[]): string {
  return issues
    .map((issue) => {
      const { path, message } = issue as { path?: string | readonly (string | number)[]; message?: string };
      const where = typeof path === "string" ? path : (path?.join(".") ?? "");
      return where === "" || message?.startsWith(where) ? (message ?? "") : `${where}: ${message ?? ""}`;
    })
    .join("\n");
}

/** The first stack line that is the user's own file, not ours and not Node's. */
function userFrame(error: Error): string | undefined {
  const frames = (error.stack ?? "").split("\n").slice(1);
  const theirs = frames.find(
    (frame) => !/node:internal|node_modules|[\\/]packages[\\/]\w+[\\/](dist|src)[\\/]/.test(frame),
  );
  return theirs?.trim().replace(/^at /, "");
}
