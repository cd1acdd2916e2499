import { existsSync, readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import { compile, localTarget, parseDefinition, type Target } from "@sagewright/pipeline";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { defects } from "../project/defects";
import { chosenDefinition, loadProduct } from "../project/product";

/** A definition and what it is called. */
export interface NamedDefinition {
  name: string;
  json: string;
}

/**
 * The definition a word stands for: a `.json` file as it is, or a pipeline compiled.
 *
 * @throws CliError `definition_not_found`, and whatever the pipeline's file throws
 */
export function definitionOf(
  cwd: string,
  word: string,
  { contract, target = localTarget }: { contract?: string; target?: Target } = {},
): NamedDefinition {
  if (extname(word) === ".json") return { name: word, json: definitionFile(cwd, word) };
  const chosen = loadProduct(cwd, word, contract);
  const pipeline = chosenDefinition(chosen);
  return defects(chosen.file, () => compile(pipeline, target));
}

/**
 * A definition's text from a file, known to be a definition.
 *
 * @throws CliError `definition_not_found`; DefinitionSyntaxError when it is none
 */
export function definitionFile(cwd: string, word: string): string {
  const file = resolve(cwd, word);
  if (!existsSync(file)) {
    throw new CliError({
      code: "definition_not_found",
      subject: word,
      message: "there is no such file",
      at: file,
      fix: "name a definition file, such as sagewright compile NAME --out FILE writes",
      exitCode: exitCodes.usage,
    });
  }
  const json = readFileSync(file, "utf8");
  parseDefinition(json);
  return json;
}
