import { child, show } from "../issue";
import { isObject, type ValidationContext } from "./context";
import { checkMembers } from "./members";

const types = ["String", "Integer", "Float", "Boolean"];
const namePattern = /^[A-Za-z0-9\-_]{1,256}$/;
const longestDefault = 4096;

/** Rules of parameter declarations. */
export function checkParameters(context: ValidationContext): void {
  const { definition, add } = context;
  const list = definition.Parameters;
  if (list === undefined || list === null) return;
  if (!Array.isArray(list)) {
    add("type", "Parameters", `${show(list)} is no list. Give the parameters as a list.`, { expected: "list" });
    return;
  }
  if (list.length > 200) {
    add(
      "too_many_parameters",
      "Parameters",
      `${list.length} parameters are declared; the service takes 200. Remove some.`,
      { count: list.length, maximum: 200 },
    );
  }
  const seen = new Map<string, number>();
  for (const [index, spec] of (list as unknown[]).entries()) {
    const path = child("Parameters", index);
    if (!isObject(spec)) {
      add("type", path, `${show(spec)} is no parameter. Give an object with Name and Type.`);
      continue;
    }
    checkParameter(spec, path, context);
    if (typeof spec.Name !== "string") continue;
    const first = seen.get(spec.Name);
    if (first === undefined) seen.set(spec.Name, index);
    else
      add(
        "duplicate_name",
        `${path}.Name`,
        `'${spec.Name}' is also the name of Parameters[${first}]. Rename one of them.`,
        { name: spec.Name },
      );
  }
}

function checkParameter(spec: Record<string, unknown>, path: string, context: ValidationContext): void {
  const { add } = context;
  checkMembers(spec, path, context, {
    Name: "required",
    Type: "required",
    DefaultValue: "optional",
    EnumValues: "optional",
  });
  const { Name: name, Type: type, DefaultValue: value, EnumValues: allowed } = spec;
  if (name !== undefined && (typeof name !== "string" || !namePattern.test(name))) {
    add(
      "parameter_name",
      `${path}.Name`,
      `${show(name)} is no parameter name. Use 1 to 256 letters, digits, '-' and '_'.`,
      { received: name },
    );
  }
  if (type !== undefined && !types.includes(type as string)) {
    add("enum", `${path}.Type`, `${show(type)} is no parameter type. Use one of ${types.join(", ")}.`, {
      received: type,
      allowed: types,
    });
    return;
  }
  if (value !== undefined && !fits(type, value)) {
    add(
      "parameter_default",
      `${path}.DefaultValue`,
      `${show(value)} is no ${String(type).toLowerCase()} value. Give a default of the parameter's type.`,
      { type, received: value },
    );
  }
  if (typeof value === "string" && value.length > longestDefault) {
    add(
      "max_length",
      `${path}.DefaultValue`,
      `The default has ${value.length} characters; the service takes ${longestDefault}. Shorten it.`,
      { limit: longestDefault, received: value.length },
    );
  }
  if (allowed !== undefined) checkEnum(allowed, type, value, path, context);
}

function checkEnum(allowed: unknown, type: unknown, value: unknown, path: string, { add }: ValidationContext): void {
  if (type !== "String") {
    add(
      "enum_not_allowed",
      `${path}.EnumValues`,
      `Only String parameters have EnumValues; this one is ${show(type)}. Remove them.`,
      { type },
    );
    return;
  }
  if (!Array.isArray(allowed) || allowed.length === 0 || !allowed.every((one) => typeof one === "string")) {
    add("type", `${path}.EnumValues`, `${show(allowed)} is no list of texts. Give at least one text.`, {
      received: allowed,
    });
    return;
  }
  if (typeof value === "string" && !allowed.includes(value)) {
    add(
      "parameter_default",
      `${path}.DefaultValue`,
      `${show(value)} is not one of ${allowed.join(", ")}. Give one of them.`,
      { received: value, allowed },
    );
  }
}

function fits(type: unknown, value: unknown): boolean {
  if (type === "String") return typeof value === "string";
  if (type === "Boolean") return typeof value === "boolean";
  if (type === "Integer") return typeof value === "number" && Number.isInteger(value);
  return type !== "Float" || typeof value === "number";
}
