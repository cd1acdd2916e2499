import type { Json, PipelineDefinition } from "./definition";
import { DefinitionSyntaxError } from "./errors";
import { readJson, writeJson } from "./json-text";

/**
 * Writes a definition as JSON text. A definition that was read is written as it was: member order, indentation, `1.0`.
 * A compiled one is written with two spaces of indentation and a newline at the end.
 */
export function printDefinition(definition: PipelineDefinition): string {
  return writeJson(definition as unknown as Json);
}

/**
 * Reads a definition. Kinds of step that this package does not know are kept as they are.
 * @throws {DefinitionSyntaxError} when the text is not a JSON object.
 */
export function parseDefinition(text: string): PipelineDefinition {
  let value: unknown;
  try {
    value = readJson(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DefinitionSyntaxError(`The definition is not JSON: ${reason}. Give a pipeline definition file.`, {
      cause,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DefinitionSyntaxError("The definition is not a JSON object. Give a pipeline definition file.");
  }
  return value as PipelineDefinition;
}
