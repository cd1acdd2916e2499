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
import type { Command } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { CliError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import { loadProduct } from "../project/product";
import { plural } from "../terminal/format";

/** `sagewright validate`: every problem of a definition at once, each with its path and a remedy. */
export function define(command: Command, act: Act): void {
  command
    .argument("<file-or-name>", "a definition (.json), a pipeline file (.ts), or a pipeline under pipelines/")
    .option("--contract <name>", "which of the product's contracts the data follows")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sagewright validate churn\n  $ sagewright validate definition.json --json\n",
    )
    .action(act(validate));
}

function validate({ output, options, cwd }: CommandContext<{ contract?: string }>, name: string): ExitCode {
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
  const { product, contract } = loadProduct(cwd, name, contractName);
  try {
    compile(product.definition(contract), localTarget);
    return [];
  } catch (error) {
    if (error instanceof InvalidDefinitionError) return error.issues;
    throw error;
  }
}
