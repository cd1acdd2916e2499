import { CliError, type Explanation } from "./errors";
import { type ExitCode, exitCodes } from "./exit-codes";

/**
 * What to tell the user about any error, and which exit code it means: ours as they are, defects of a definition or
 * contract as their list, refusals of AWS (or the embedded cloud) with their code, the system's by their errno.
 *
 * @param resume - the command that goes on after an interruption. @default nothing is advised
 */
export function explain(error: unknown, interrupted: boolean, resume?: string): Explanation {
  if (error instanceof CliError) return error.explanation;
  if (interrupted) return interruption(resume);
  if (!(error instanceof Error)) return { code: "internal", message: String(error), exitCode: exitCodes.failed };
  const { $metadata, code } = error as Error & { $metadata?: object; code?: string };
  const issues = issuesOf(error);
  if (issues !== undefined) return explainIssues(code ?? "invalid", issues, error);
  if ($metadata !== undefined)
    return { code: error.name, message: error.message, exitCode: exitCodes.remote, cause: error };
  if (code !== undefined) return { code, ...layers(error.message), exitCode: systemExitCode(code), cause: error };
  const at = userFrame(error);
  return {
    code: "internal",
    message: error.message,
    ...(at === undefined ? {} : { at }),
    fix: "run again with --verbose for the whole stack",
    exitCode: exitCodes.failed,
    cause: error,
  };
}

function interruption(resume: string | undefined): Explanation {
  return {
    code: "interrupted",
    message: resume === undefined ? "interrupted" : "interrupted; what was done is kept",
    ...(resume === undefined ? {} : { fix: `go on with: ${resume}` }),
    exitCode: exitCodes.interrupted,
  };
}

/** Codes that speak of this machine: no disk, no Python, a taken port, a state folder that cannot be used. */
const environmentCodes =
  /^(E[A-Z]+|python_.*|environment_.*|state_.*|port_.*|disk_.*|no_python|no_network|wrong_scikit_learn|unknown_image)$/;
const definitionCodes =
  /^(contract_.*|definition_.*|invalid_definition|csv_.*|file_.*|not_utf8|target_.*|header_.*|column_.*|no_rows|no_features|row_.*|parameters?_.*|hyperparameter_.*|estimator_.*|policy_.*|predictor_.*|artefact_.*)$/;

function systemExitCode(code: string): ExitCode {
  if (environmentCodes.test(code)) return exitCodes.environment;
  if (definitionCodes.test(code)) return exitCodes.invalid;
  return exitCodes.failed;
}

/** Problems that an error carries as data: issues of definitions and contracts, problems of rows. */
export function issuesOf(error: Error): readonly unknown[] | undefined {
  const { issues, problems } = error as Error & { issues?: unknown; problems?: unknown };
  return [issues, problems].find((found): found is unknown[] => Array.isArray(found) && found.length > 0);
}

function explainIssues(code: string, issues: readonly unknown[], cause: Error): Explanation {
  const lines = issueLines(issues);
  const [only, ...more] = lines;
  const exitCode = exitCodes.invalid;
  if (more.length === 0) return { code, ...layers(only ?? cause.message), exitCode, cause };
  return { code, message: `${lines.length} problems`, why: lines.join("\n"), exitCode, cause };
}

/** One line an issue: where, then what. */
export function issueLines(issues: readonly unknown[]): string[] {
  return issues.map((issue) => {
    const { path, message } = issue as { path?: string | readonly (string | number)[]; message?: string };
    const where = typeof path === "string" ? path : (path?.join(".") ?? "");
    return where === "" || message?.startsWith(where) ? (message ?? "") : `${where}: ${message ?? ""}`;
  });
}

const imperative =
  /^(Add|Approve|Choose|Close|Correct|Delete|Export|Free|Give|Install|Make|Name|Put|Remove|Replace|Run|Save|Set|Start|Stop|Unset|Upgrade|Use|Wait|Write)\b/;

/** The packages' messages read "what was wrong. why. what to do."; a person at a prompt sees the layers apart. */
export function layers(text: string): { message: string; why?: string; fix?: string } {
  const sentences = text.split(/(?<=[.!?])\s+(?=[A-Z])/);
  const remedy = sentences.findIndex((sentence, index) => index > 0 && imperative.test(sentence));
  if (remedy < 0) return { message: withoutStop(text) };
  const [message = "", ...why] = sentences.slice(0, remedy);
  return {
    message: withoutStop(message),
    ...(why.length === 0 ? {} : { why: withoutStop(why.join(" ")) }),
    fix: withoutStop(sentences.slice(remedy).join(" ")),
  };
}

function withoutStop(text: string): string {
  return text.replace(/(?<!\.)\.$/, "");
}

/** The first stack line that is the user's own file, not ours and not Node's. */
function userFrame(error: Error): string | undefined {
  const frames = (error.stack ?? "").split("\n").slice(1);
  const theirs = frames.find(
    (frame) => !/node:internal|node_modules|[\\/]packages[\\/]\w+[\\/](dist|src)[\\/]/.test(frame),
  );
  return theirs?.trim().replace(/^at /, "");
}
