import { z } from "zod";
import { OperationError } from "../errors";
import { closest } from "./closest";
import { environmentSchema } from "./schema";
import { secretIn } from "./secrets";

/** One thing that is wrong with an environment: data first, the sentence last. */
export interface EnvironmentIssue {
  /** Stable identifier of the rule, snake_case. */
  readonly code: string;
  /** Where, as written: `serving.autoscaling.maximum`. */
  readonly path: string;
  /** Path, value received, rule and remedy. */
  readonly message: string;
  /** The values the sentence was made from. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Every defect of an environment at once. Code `environment_invalid`. */
export class EnvironmentError extends OperationError {
  override readonly name = "EnvironmentError";
  readonly issues: readonly EnvironmentIssue[];

  constructor(issues: readonly EnvironmentIssue[]) {
    super("environment_invalid", issues.map(({ message }) => message).join("\n"), {
      facts: { paths: issues.map(({ path }) => path) },
    });
    this.issues = issues;
  }
}

/** Fields that belong to another way of serving, and why this one cannot have them. */
const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  serverless: {
    capture: "serverless inference takes no data capture",
    vpc: "serverless inference takes no VPC",
    autoscaling: "serverless inference scales by itself, up to maximumConcurrency",
    variants: "serverless inference takes one variant",
    update: "serverless inference takes over all at once",
    rollback: "serverless inference takes over all at once",
    instanceType: "serverless inference has no instances; memoryMb is its size",
    instances: "serverless inference has no instances; maximumConcurrency is its number",
  },
  embedded: Object.fromEntries(
    ["autoscaling", "variants", "update", "rollback", "instanceType", "instances"].map((field) => [
      field,
      "the embedded mode has no endpoint; lambda holds its settings",
    ]),
  ),
};

/** Sentences for what the schema refused. */
export function schemaIssues(error: z.ZodError, input: unknown): EnvironmentIssue[] {
  return error.issues.flatMap((found) => issuesOf(found, input));
}

function issuesOf(found: z.core.$ZodIssue, input: unknown): EnvironmentIssue[] {
  if (found.code === "unrecognized_keys") return found.keys.map((key) => unknownField(found.path, key, input));
  const path = pathText(found.path);
  const received = valueAt(input, found.path);
  const rule = received === undefined ? "is missing" : ruleOf(found);
  const said = received === undefined ? `${path} ${rule}` : `${path}: ${show(received)} ${rule}`;
  const facts = secretIn(received) ? {} : { received };
  return [{ code: codeOf(found, received), path, message: `${said}.`, facts }];
}

function codeOf({ code }: z.core.$ZodIssue, received: unknown): string {
  if (received === undefined) return "field_missing";
  return code === "invalid_type" ? "field_type" : "field_value";
}

function ruleOf(found: z.core.$ZodIssue): string {
  switch (found.code) {
    case "invalid_type":
      return `is not ${KINDS[found.expected] ?? `of type ${found.expected}`}`;
    case "too_small":
      return found.origin === "array"
        ? `has fewer than ${found.minimum} elements`
        : `is ${found.inclusive === false ? "not above" : "below"} ${found.minimum}`;
    case "too_big":
      return found.origin === "array" ? `has more than ${found.maximum} elements` : `is above ${found.maximum}`;
    case "invalid_key":
      return "has a name that AWS does not take here";
    case "invalid_union":
      return unionRule(found);
    default:
      return found.message.replace(/^Invalid option: expected /, "is not ").replace(/\.$/, "");
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a group of fields",
  record: "a group of fields",
};

function unionRule(found: z.core.$ZodIssueInvalidUnion): string {
  const { options } = found as { options?: readonly unknown[] };
  if (options !== undefined) return `is not one of ${options.map(show).join(", ")}`;
  const written = found.errors.flat().find(({ code }) => code === "invalid_format");
  return written === undefined ? "is not one of the forms it may have" : written.message;
}

function unknownField(parent: readonly PropertyKey[], key: string, input: unknown): EnvironmentIssue {
  const path = pathText([...parent, key]);
  const mode = parent.length === 1 && parent[0] === "serving" ? valueAt(input, ["serving", "mode"]) : undefined;
  const reason = typeof mode === "string" ? ELSEWHERE[mode]?.[key] : undefined;
  const received = valueAt(input, [...parent, key]);
  if (reason !== undefined) {
    const message = `${path}: ${show(received)} with serving.mode '${mode}': ${reason}. Remove it.`;
    return { code: "field_of_other_mode", path, message, facts: { received, mode } };
  }
  const known = knownFields(parent, input);
  const meant = closest(key, known);
  const remedy = meant === undefined ? `Remove it, or use one of ${known.join(", ")}` : `Write ${meant}`;
  const message = `${path}: there is no such field. ${remedy}.`;
  return { code: "field_unknown", path, message, facts: { known } };
}

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly oneOf?: readonly Shape[];
  readonly additionalProperties?: Shape | false;
  readonly items?: Shape;
  readonly const?: unknown;
}

/** Fields that may stand at a place, of the alternative that the input has chosen there. */
function knownFields(path: readonly PropertyKey[], input: unknown): string[] {
  const top = z.toJSONSchema(environmentSchema, { io: "input", unrepresentable: "any" }) as Shape;
  const shape = path.reduce<Shape | undefined>((inner, key, depth) => {
    const chosen = chosenShape(inner, valueAt(input, path.slice(0, depth)));
    if (typeof key === "number") return chosen?.items;
    return chosen?.properties?.[String(key)] ?? (chosen?.additionalProperties || undefined);
  }, top);
  return Object.keys(chosenShape(shape, valueAt(input, path))?.properties ?? {});
}

function chosenShape(shape: Shape | undefined, value: unknown): Shape | undefined {
  return (
    shape?.oneOf?.find(({ properties = {} }) =>
      Object.entries(properties).some(([key, { const: chosen }]) => {
        return chosen !== undefined && valueAt(value, [key]) === chosen;
      }),
    ) ?? shape
  );
}

/** A path as people write it: `alerts.targets.team.channel`, `serving.variants[1].name`. */
export function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text.replace(/^\./, "") || "environment";
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

/** A received value, short enough for a sentence; what may be a secret is not repeated. */
function show(value: unknown): string {
  if (secretIn(value)) return "a value that looks like a secret";
  const text = typeof value === "string" ? `'${value}'` : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** An issue whose sentence reads "path: value rule. Remedy." */
export function broken(
  code: string,
  path: string,
  received: unknown,
  sentence: string,
  facts: Readonly<Record<string, unknown>> = {},
): EnvironmentIssue {
  return { code, path, message: `${path}: ${show(received)} ${sentence}.`, facts: { received, ...facts } };
}
