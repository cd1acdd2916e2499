import { readFileSync } from "node:fs";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { issueLines, issuesOf, layers } from "../explain";
import { sourcePlace } from "./load-module";

/**
 * Evaluates code of the user's. Whatever it throws is a defect of the definition (exit code 3), named with its place in
 * the user's file and the line that stands there.
 */
export function defects<T>(file: string, evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof CliError || !(error instanceof Error)) throw error;
    throw new CliError({
      ...described(error),
      ...placed(error),
      exitCode: exitCodes.invalid,
      cause: error,
      subject: file,
    });
  }
}

function described(error: Error): { code: string; message: string; why?: string; fix?: string } {
  const { code } = error as Error & { code?: string };
  const issues = issuesOf(error);
  if (issues !== undefined && issues.length > 1) {
    const lines = issueLines(issues);
    return { code: code ?? "definition_invalid", message: `${lines.length} problems`, why: lines.join("\n") };
  }
  if (code === undefined) return { code: "definition_threw", message: `${error.name}: ${error.message}` };
  return { code, ...layers(issues === undefined ? error.message : (issueLines(issues)[0] ?? error.message)) };
}

/** The innermost frame of the stack that lies in the user's files. */
function placed(error: Error): { at?: string; why?: string } {
  for (const frame of (error.stack ?? "").split("\n")) {
    const place = /\(?((?:[A-Za-z]:)?[^():]+:\d+:\d+)\)?$/.exec(frame.trim())?.[1];
    const source = place === undefined ? undefined : sourcePlace(place.replace(/^at /, ""));
    if (source !== undefined) return { at: source, ...lineAt(source) };
  }
  return {};
}

/** The line of source at a place, with a mark under the column; nothing where it cannot be read. */
function lineAt(source: string): { why?: string } {
  const [, file = "", line = "", column = "1"] = /^(.*):(\d+):(\d+)$/.exec(source) ?? [];
  try {
    const text = readFileSync(file, "utf8").split(/\r?\n/)[Number(line) - 1] ?? "";
    const indent = text.length - text.trimStart().length;
    return { why: `${text.trimStart()}\n${" ".repeat(Math.max(0, Number(column) - 1 - indent))}^` };
  } catch {
    return {};
  }
}
