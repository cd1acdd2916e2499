import { type ParameterSpec, type PipelineDefinition, parameterValue } from "@sagewright/pipeline";
import { validationException } from "../../../errors";

/** A parameter as a start gives it. */
export interface GivenParameter {
  readonly Name: string;
  readonly Value: string;
}

type Values = Record<string, string | number | boolean>;

/**
 * The typed values of all parameters of a definition: those given at the start, else the defaults.
 * @throws ServiceError ValidationException naming every parameter that is unknown, repeated, missing or of the wrong type
 */
export function startParameters(definition: PipelineDefinition, given: readonly GivenParameter[]): Values {
  const specs = definition.Parameters ?? [];
  const problems: string[] = [];
  const values: Values = {};
  const known = specs.map(({ Name }) => Name);
  const names = given.map(({ Name }) => Name);
  for (const name of new Set(names)) {
    if (!known.includes(name)) {
      problems.push(`Parameter [${name}] is not defined in the pipeline (defined: ${known.join(", ") || "none"})`);
    }
    if (names.filter((each) => each === name).length > 1) problems.push(`Parameter [${name}] is given more than once`);
  }
  for (const spec of specs) {
    const value = typedValue(spec, given.find(({ Name }) => Name === spec.Name)?.Value, problems);
    if (value !== undefined) values[spec.Name] = value;
  }
  if (problems.length > 0) throw validationException(`Invalid pipeline parameters: ${problems.join("; ")}.`);
  return values;
}

function typedValue(spec: ParameterSpec, text: string | undefined, problems: string[]): Values[string] | undefined {
  if (text === undefined) {
    if (spec.DefaultValue === undefined) {
      problems.push(`Parameter [${spec.Name}] of type ${spec.Type} has no default value and must be given`);
    }
    return spec.DefaultValue;
  }
  if (text === "") {
    problems.push(`[string "" is too short (length: 0, required minimum: 1)] (parameter ${spec.Name})`);
    return undefined;
  }
  const parsed = parameterValue(spec, text);
  if ("issue" in parsed) {
    problems.push(parsed.issue.message.replace(/\.$/, ""));
    return undefined;
  }
  return parsed.value as Values[string];
}
