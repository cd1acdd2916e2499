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
  const { $metadata, code } = error as Error & { $metadata?: object; code?: string };
  const issues = issuesOf(error);
  if (issues !== undefined) return explainIssues(code ?? "invalid", issues, error);
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

/** Problems that an error carries as data: issues of definitions and contracts, problems of rows. */
function issuesOf(error: Error): readonly unknown[] | undefined {
  const { issues, problems } = error as Error & { issues?: unknown; problems?: unknown };
  return [issues, problems].find((found): found is unknown[] => Array.isArray(found) && found.length > 0);
}

function explainIssues(code: string, issues: readonly unknown[], cause: Error): Explanation {
  const lines = issueLines(issues);
  const [only, ...more] = lines;
  const exitCode = exitCodes.invalid;
  if (more.length === 0) return { code, message: only ?? cause.message, exitCode, cause };
  return { code, message: `${lines.length} problems`, why: lines.join("\n"), exitCode, cause };
}

function issueLines(issues: readonly unknown[]): string[] {
  return issues.map((issue) => {
    const { path, message } = issue as { path?: string | readonly (string | number)[]; message?: string };
    const where = typeof path === "string" ? path : (path?.join(".") ?? "");
    return where === "" || message?.startsWith(where) ? (message ?? "") : `${where}: ${message ?? ""}`;
  });
}

/** The first stack line that is the user's own file, not ours and not Node's. */
function userFrame(error: Error): string | undefined {
  const frames = (error.stack ?? "").split("\n").slice(1);
  const theirs = frames.find(
    (frame) => !/node:internal|node_modules|[\\/]packages[\\/]\w+[\\/](dist|src)[\\/]/.test(frame),
  );
  return theirs?.trim().replace(/^at /, "");
}
