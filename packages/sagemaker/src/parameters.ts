import { type ParameterIssue, ParametersError } from "./errors";

/** A parameter as a pipeline definition declares it. */
export interface DeclaredParameter {
  readonly Name: string;
  readonly Type: "String" | "Integer" | "Float" | "Boolean";
  readonly DefaultValue?: string | number | boolean;
  readonly EnumValues?: readonly string[];
}

/** Values for an execution, typed as the pipeline declares them. A string is also taken for a number or a boolean, as typed at a prompt. */
export type ParameterValues = Readonly<Record<string, string | number | boolean>>;

/**
 * Checks values against the declarations and brings them into the form of StartPipelineExecution.
 *
 * @throws ParametersError with every defect: unknown names, missing values, wrong types, values outside EnumValues.
 */
export function wireParameters(
  declared: readonly DeclaredParameter[],
  given: ParameterValues,
): { Name: string; Value: string }[] {
  const byName = new Map(declared.map((parameter) => [parameter.Name, parameter]));
  const issues: ParameterIssue[] = [];
  const wire: { Name: string; Value: string }[] = [];
  for (const [name, value] of Object.entries(given)) {
    const parameter = byName.get(name);
    const issue = parameter === undefined ? unknownParameter(name, declared) : valueIssue(parameter, value);
    if (issue === undefined) wire.push({ Name: name, Value: String(value) });
    else issues.push(issue);
  }
  for (const { Name, DefaultValue } of declared) {
    if (DefaultValue === undefined && given[Name] === undefined) issues.push(missingParameter(Name));
  }
  if (issues.length > 0) throw new ParametersError(issues);
  return wire;
}

function unknownParameter(name: string, declared: readonly DeclaredParameter[]): ParameterIssue {
  const names = declared.map((parameter) => parameter.Name);
  const remedy =
    names.length === 0 ? "The pipeline declares no parameter." : `The pipeline declares ${names.join(", ")}.`;
  return {
    code: "parameter_unknown",
    parameter: name,
    message: `parameters.${name}: there is no such parameter. ${remedy}`,
    facts: { declared: names },
  };
}

function missingParameter(name: string): ParameterIssue {
  return {
    code: "parameter_missing",
    parameter: name,
    message: `parameters.${name}: a value is required, because the parameter has no default. Give one.`,
    facts: {},
  };
}

function valueIssue(parameter: DeclaredParameter, value: string | number | boolean): ParameterIssue | undefined {
  const { Name, Type, EnumValues } = parameter;
  if (!fits(Type, value)) {
    return {
      code: "parameter_type",
      parameter: Name,
      message: `parameters.${Name}: ${JSON.stringify(value)} is not ${WANTED[Type]}.`,
      facts: { type: Type, value },
    };
  }
  if (EnumValues !== undefined && !EnumValues.includes(String(value))) {
    return {
      code: "parameter_not_allowed",
      parameter: Name,
      message: `parameters.${Name}: ${JSON.stringify(value)} is not one of ${EnumValues.join(", ")}.`,
      facts: { allowed: EnumValues, value },
    };
  }
  return undefined;
}

const WANTED: Readonly<Record<DeclaredParameter["Type"], string>> = {
  String: "a text of 1 to 1,024 characters",
  Integer: "a whole number",
  Float: "a number",
  Boolean: "true or false",
};

function fits(type: DeclaredParameter["Type"], value: string | number | boolean): boolean {
  const text = String(value);
  switch (type) {
    case "String":
      return typeof value === "string" && value.length >= 1 && value.length <= 1_024;
    case "Integer":
      return typeof value !== "boolean" && /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text));
    case "Float":
      return typeof value !== "boolean" && text.trim() === text && text !== "" && Number.isFinite(Number(text));
    case "Boolean":
      return /^(true|false)$/i.test(text);
  }
}
