import type { Json, ParameterSpec } from "../definition";
import { type Issue, issue, show } from "../issue";

/**
 * The typed value of a parameter from the text given at a start (booleans also as Python prints them: True, False).
 * Returns an issue when the text does not fit the parameter.
 */
export function parameterValue(spec: ParameterSpec, text: string): { value: Json } | { issue: Issue } {
  const value = parsers[spec.Type]?.(text);
  if (value === undefined) {
    return refusal(spec, text, `'${text}' is no ${spec.Type.toLowerCase()}. Give ${examples[spec.Type]}.`);
  }
  if (spec.EnumValues && !spec.EnumValues.includes(text)) {
    return refusal(spec, text, `${show(text)} is not one of ${spec.EnumValues.join(", ")}. Give one of them.`);
  }
  return { value };
}

const parsers: Record<string, (text: string) => Json | undefined> = {
  String: (text) => text,
  Integer: (text) => (/^[+-]?\d+$/.test(text.trim()) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined),
  Float: (text) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : undefined),
  Boolean: (text) => ({ true: true, false: false })[text.trim().toLowerCase()],
};

const examples: Record<string, string> = {
  Integer: "a whole number such as 3",
  Float: "a number such as 0.8",
  Boolean: "true or false",
  String: "text",
};

function refusal(spec: ParameterSpec, text: string, message: string): { issue: Issue } {
  return {
    issue: issue("parameter_value", spec.Name, `${spec.Name}: ${message}`, {
      parameter: spec.Name,
      type: spec.Type,
      received: text,
    }),
  };
}
