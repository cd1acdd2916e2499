import { existsSync, readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import {
  compile,
  InvalidDefinitionError,
  type Issue,
  localTarget,
  parseDefinition,
  validateDefinition,
} from "@sagewright/pipeline";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import { plural } from "../terminal/format";
import { chosenDefinition, loadProduct } from "./product";

/** `sagewright validate`: prints every problem and says whether there is one by its exit code. */
export function validateCommand(
  { output, options, cwd }: CommandContext<{ contract?: string }>,
  name: string,
): ExitCode {
  const issues =
    extname(name) === ".json" ? issuesOfFile(resolve(cwd, name), name) : issuesOfProduct(cwd, name, options.contract);
  output.document({ valid: issues.length === 0, issues });
  for (const { code, path, message } of issues)
    output.line(`${pc.red("✗")} ${path || "(definition)"}  ${message}  ${pc.dim(code)}`);
  output.line(
    issues.length === 0 ? `${pc.green("✓")} ${name} is valid` : `${plural(issues.length, "problem")} in ${name}`,
  );
  return issues.length === 0 ? exitCodes.done : exitCodes.invalid;
}

function issuesOfFile(file: string, named: string): readonly Issue[] {
  if (!existsSync(file)) {
    throw new CliError({
      code: "definition_not_found",
      subject: named,
      message: "there is no such file",
      at: file,
      fix: "name a definition file, or a pipeline under pipelines/",
      exitCode: exitCodes.usage,
    });
  }
  return validateDefinition(parseDefinition(readFileSync(file, "utf8")));
}

function issuesOfProduct(cwd: string, name: string, contractName: string | undefined): readonly Issue[] {
  try {
    compile(chosenDefinition(loadProduct(cwd, name, contractName)), localTarget);
    return [];
  } catch (error) {
    if (error instanceof InvalidDefinitionError) return error.issues;
    const issue = stepIssue(error);
    if (issue === undefined) throw error;
    return [issue];
  }
}

/** A step that was refused while the pipeline was being built, as an issue like any other. */
function stepIssue(error: unknown): Issue | undefined {
  const { code, field, message } = ((error as Error | undefined)?.cause ?? {}) as Partial<Record<string, unknown>>;
  if (typeof code !== "string" || typeof field !== "string") return undefined;
  return { code, path: field, message: String(message).replace(`${field}: `, ""), facts: {} } as Issue;
}
