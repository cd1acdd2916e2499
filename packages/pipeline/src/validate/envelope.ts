import { show } from "../issue";
import { isObject, type ValidationContext } from "./context";
import { checkMembers } from "./members";

/** Characters that CreatePipeline takes in `PipelineDefinition`. */
const maximumLength = 1_048_576;

/** Rules of the outermost members. */
export function checkEnvelope(context: ValidationContext): void {
  const { definition, add } = context;
  checkMembers(definition, "", context, {
    Version: "required",
    Metadata: "optional",
    Parameters: "optional",
    PipelineExperimentConfig: "optional",
    MlflowConfig: "optional",
    Steps: "required",
  });
  if (definition.Version !== undefined && definition.Version !== "2020-12-01") {
    add("version", "Version", `${show(definition.Version)} is no version of the format. Write '2020-12-01'.`, {
      received: definition.Version,
    });
  }
  if (definition.Steps !== undefined && !Array.isArray(definition.Steps)) {
    add("type", "Steps", `${show(definition.Steps)} is no list. Give the steps as a list.`, { expected: "list" });
  } else {
    for (const [index, step] of ((definition.Steps ?? []) as unknown[]).entries()) {
      if (!isObject(step))
        add("type", `Steps[${index}]`, `${show(step)} is no step. Give an object with Name, Type and Arguments.`);
    }
  }
  checkMetadata(context);
  checkConfig(context, "PipelineExperimentConfig", ["ExperimentName", "TrialName"]);
  checkConfig(context, "MlflowConfig", ["MlflowResourceArn", "MlflowExperimentName"]);
  checkLength(context);
}

function checkMetadata({ definition, add }: ValidationContext): void {
  const metadata = definition.Metadata;
  if (metadata === undefined) return;
  if (!isObject(metadata)) {
    add("type", "Metadata", `${show(metadata)} is no object. Give an object of texts, or {}.`, { expected: "object" });
    return;
  }
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string") {
      add("type", `Metadata.${key}`, `${show(value)} is no text. Give text.`, { expected: "string" });
    }
  }
}

function checkConfig(context: ValidationContext, member: string, known: readonly string[]): void {
  const config = context.definition[member];
  if (config === undefined || config === null) return;
  if (!isObject(config)) {
    context.add("type", member, `${show(config)} is no object. Give an object with ${known.join(" and ")}, or null.`, {
      expected: "object",
    });
    return;
  }
  checkMembers(config, member, context, Object.fromEntries(known.map((name) => [name, "optional" as const])));
}

function checkLength({ definition, add }: ValidationContext): void {
  const length = JSON.stringify(definition).length;
  if (length <= maximumLength) return;
  add(
    "definition_too_long",
    "",
    `The definition has ${length} characters; the service takes ${maximumLength}. Move data out of it, or split the pipeline.`,
    { length, maximum: maximumLength },
  );
}
