import type { PipelineDefinition } from "./definition";
import { DefinitionSyntaxError } from "./errors";

/** Writes a definition as JSON text: two spaces of indentation, members in the order they have, a newline at the end. */
export function printDefinition(definition: PipelineDefinition): string {
  return `${JSON.stringify(definition, null, 2)}\n`;
}

/**
 * Reads a definition. Kinds of step that this package does not know are kept as they are.
 * @throws {DefinitionSyntaxError} when the text is not a JSON object.
 */
export function parseDefinition(text: string): PipelineDefinition {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DefinitionSyntaxError(
      `The definition is not JSON: ${(cause as Error).message}. Give a pipeline definition file.`,
      { cause },
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DefinitionSyntaxError("The definition is not a JSON object. Give a pipeline definition file.");
  }
  return value as PipelineDefinition;
}
