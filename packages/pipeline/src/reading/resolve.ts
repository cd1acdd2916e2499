import type { Json } from "../definition";
import { ResolutionError } from "../errors";
import { parseReference } from "./parse-reference";
import { type PathSegment, parsePath } from "./path";
import { isGet } from "./references";

/** Where the values of references come from. Each function returns undefined for what it does not have. */
export interface ResolutionContext {
  /** Value of a parameter, of its own type. */
  parameter(name: string): Json | undefined;
  /** Value of `Execution.<variable>`. */
  execution(variable: string): Json | undefined;
  /** Everything that may be referenced of a step: its Describe response, with `OutputParameters`, `Outcome` and so on. */
  step(name: string): Json | undefined;
  /** The parsed document of a property file. */
  propertyFile?(step: string, name: string): Json | undefined;
  /** The parsed document at an S3 URI. */
  document?(uri: string): Json | undefined;
  /** Value of `PipelineExperimentConfig.<member>`. */
  experiment?(member: string): Json | undefined;
  /** The current item of the enclosing ForEach. */
  item?(): Json | undefined;
  /** The outputs of a ForEach body step, in a selector. */
  iteration?(step: string): Json | undefined;
}

/**
 * Replaces every expression in a value by what it stands for. Pure.
 * @throws {ResolutionError} naming the reference that has no value.
 */
export function resolveExpression(value: Json, context: ResolutionContext): Json {
  if (Array.isArray(value)) return value.map((item) => resolveExpression(item, context));
  if (typeof value !== "object" || value === null) return value;
  if (isGet(value)) return resolveGet(value.Get, context);
  const [key] = Object.keys(value);
  if (key === "Std:Join") return resolveJoin(value[key] as unknown as JoinBody, context);
  if (key === "Std:JsonGet") return resolveJsonGet(value[key] as unknown as JsonGetBody, context);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolveExpression(member, context)]));
}

interface JoinBody {
  readonly On: string;
  readonly Values: Json[];
}

interface JsonGetBody {
  readonly PropertyFile?: Json;
  readonly S3Uri?: Json;
  readonly Path: string;
}

function resolveGet(text: string, context: ResolutionContext): Json {
  const reference = parseReference(text);
  switch (reference.kind) {
    case "parameter":
      return present(context.parameter(reference.name), text, "The parameter has no value. Give one when starting.");
    case "execution":
      return present(context.execution(reference.variable), text, "There is no such execution variable.");
    case "experiment":
      return present(context.experiment?.(reference.member), text, "The execution belongs to no experiment.");
    case "item":
      return walk(
        present(context.item?.(), text, "There is no current item outside a ForEach body."),
        reference.path,
        text,
      );
    case "iteration":
      return walk(
        present(context.iteration?.(reference.step), text, "The body step has no output."),
        reference.path,
        text,
      );
    case "step":
      return walk(present(context.step(reference.step), text, "The step has no result."), reference.path, text);
    case "unknown":
      throw new ResolutionError(
        `${text}: this is no reference. Use Parameters.<name>, Execution.<name> or Steps.<step>.<path>.`,
        text,
      );
  }
}

function resolveJoin(body: JoinBody, context: ResolutionContext): string {
  return body.Values.map((part) => textOf(resolveExpression(part, context))).join(body.On);
}

function resolveJsonGet(body: JsonGetBody, context: ResolutionContext): Json {
  const path = parsePath(body.Path);
  if (path === undefined)
    throw new ResolutionError(`'${body.Path}' is no path. Use a form such as a.b[0].c.`, body.Path);
  if (body.S3Uri !== undefined) {
    const uri = textOf(resolveExpression(body.S3Uri, context));
    return walk(
      present(context.document?.(uri), uri, "There is no JSON document at this URI."),
      path,
      `${uri} ${body.Path}`,
    );
  }
  const text = isGet(body.PropertyFile) ? body.PropertyFile.Get : "";
  const reference = parseReference(text);
  if (reference.kind !== "step")
    throw new ResolutionError(`${text}: this names no property file. Use Steps.<step>.PropertyFiles.<name>.`, text);
  const file = present(
    context.propertyFile?.(reference.step, String(reference.path[1])),
    text,
    "The property file was not written, or is not JSON.",
  );
  return walk(file, path, `${text} ${body.Path}`);
}

/** The value at a path of a document, or undefined. A text segment finds an element of a list by its name member. */
export function valueAtPath(document: Json, path: readonly PathSegment[]): Json | undefined {
  let value: Json | undefined = document;
  for (const segment of path) {
    if (Array.isArray(value)) {
      value = typeof segment === "number" ? value[segment] : value.find((item) => nameOf(item) === segment);
    } else if (typeof value === "object" && value !== null && Object.hasOwn(value, segment)) {
      value = value[String(segment)];
    } else return undefined;
  }
  return value;
}

const nameMembers = ["OutputName", "MetricName", "InputName", "ChannelName", "VariantName", "Name", "Key"];

function nameOf(item: Json): Json | undefined {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return undefined;
  const member = nameMembers.find((name) => item[name] !== undefined);
  return member === undefined ? undefined : item[member];
}

/** A value as `Std:Join` writes it. */
export function textOf(value: Json): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function walk(document: Json, path: readonly PathSegment[], text: string): Json {
  return present(valueAtPath(document, path), text, "There is nothing at this path.");
}

function present(value: Json | undefined, text: string, remedy: string): Json {
  if (value === undefined) throw new ResolutionError(`${text} cannot be resolved. ${remedy}`, text);
  return value;
}
