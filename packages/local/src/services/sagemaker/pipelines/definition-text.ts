import { readFile } from "node:fs/promises";
import {
  DefinitionSyntaxError,
  type PipelineDefinition,
  parseDefinition,
  validateDefinition,
} from "@sagewright/pipeline";
import { validationException } from "../../../errors";
import { planOf } from "../../../executor/reducer/plan";
import { stepKinds } from "../../../executor/steps";
import type { Objects } from "../../s3/objects";

/** Where a request says its definition is. */
export interface DefinitionSource {
  readonly PipelineDefinition?: string | undefined;
  readonly PipelineDefinitionS3Location?: { Bucket?: string | undefined; ObjectKey?: string | undefined } | undefined;
}

/**
 * The definition's text, checked against the rules of the service.
 * @returns undefined when the request gives none
 * @throws ServiceError ValidationException naming every rule that is broken
 */
export async function definitionText(source: DefinitionSource, objects: Objects): Promise<string | undefined> {
  const { PipelineDefinition: inline, PipelineDefinitionS3Location: location } = source;
  if (inline !== undefined && location !== undefined) {
    throw validationException("Give either PipelineDefinition or PipelineDefinitionS3Location, not both.");
  }
  const text = inline ?? (location && (await fromS3(location, objects)));
  if (text !== undefined) checkDefinition(text);
  return text;
}

async function fromS3(
  location: NonNullable<DefinitionSource["PipelineDefinitionS3Location"]>,
  objects: Objects,
): Promise<string> {
  const found = await objects.get(location.Bucket ?? "", location.ObjectKey ?? "");
  if (!found) {
    throw validationException(
      `Unable to read the pipeline definition: s3://${location.Bucket}/${location.ObjectKey} does not exist.`,
    );
  }
  return readFile(found.file, "utf8");
}

function checkDefinition(text: string): void {
  const issues = validateDefinition(parsed(text));
  if (issues.length === 0) return;
  const lines = issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  throw validationException(`Unable to parse pipeline definition. ${lines.join("; ")}`);
}

function parsed(text: string): PipelineDefinition {
  try {
    return parseDefinition(text);
  } catch (error) {
    if (error instanceof DefinitionSyntaxError) {
      throw validationException(`Unable to parse pipeline definition. ${error.message}`);
    }
    throw error;
  }
}

/** Names and types of the steps, among those that would run, whose kind the embedded cloud does not emulate. */
export function unsupportedSteps(
  definition: PipelineDefinition,
  selected: readonly string[] | undefined,
): { name: string; type: string }[] {
  return [...planOf(definition).steps.values()]
    .filter(({ name, definition: step }) => !stepKinds.has(step.Type) && (selected?.includes(name) ?? true))
    .map(({ name, definition: step }) => ({ name, type: step.Type }));
}
