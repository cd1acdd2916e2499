import { existsSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { parseDefinition, validateDefinition } from "@sagewright/pipeline";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { issueLines } from "../explain";
import { definitionFile } from "./definition-source";
import { importSource } from "./import-source";

/** `sagewright import`: a definition as a pipeline file. */
export function importCommand(
  { output, options, cwd }: CommandContext<{ name?: string; out?: string }>,
  file: string,
): undefined {
  const name =
    options.name ??
    basename(file, ".json")
      .replace(/[^A-Za-z0-9]+/g, "-")
      .replace(/^-|-$/g, "");
  const json = definitionFile(cwd, file);
  refuseInvalid(file, json);
  const source = importSource(name, json);
  if (options.out !== undefined) {
    const target = resolve(cwd, options.out);
    if (existsSync(target)) throw usageError(`--out: ${target} is there already`, "name a new file");
    writeFileSync(target, source);
    output.progress(`${options.out} written`);
  } else output.line(source.trimEnd());
  output.document({ pipeline: name, source });
}

/** Only what is a valid definition can compile back to one. */
function refuseInvalid(file: string, json: string): void {
  const issues = validateDefinition(parseDefinition(json));
  if (issues.length === 0) return;
  throw new CliError({
    code: "invalid_definition",
    subject: file,
    message: "the definition breaks rules of the service, so no pipeline would compile to it",
    why: issueLines(issues).join("\n"),
    fix: `correct it until this passes: sagewright validate ${file}`,
    exitCode: exitCodes.invalid,
  });
}
