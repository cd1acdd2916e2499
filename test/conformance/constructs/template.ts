import { readFileSync } from "node:fs";
import { join } from "node:path";
import { env, type Made } from "./maker";

/** A resource as a template describes it. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: object;
  readonly Condition?: string;
  readonly UpdatePolicy?: object;
}

/** A synthesised template, as far as it is used here. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: string }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
}

/** What functions of a template look at. */
export interface TemplateScope {
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string>>;
  /** Resources by logical id. */
  readonly made: ReadonlyMap<string, Made>;
  /** What other stacks export, by name. */
  readonly exported: ReadonlyMap<string, unknown>;
}

/** The template of a stack in a cloud assembly. */
export function readTemplate(assembly: string, stack: string): Template {
  return JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), "utf8")) as Template;
}

/** Logical ids of the resources that there should be, each after those that it names. */
export function inOrder({ template, ...scope }: Omit<TemplateScope, "made" | "exported">): string[] {
  const left = new Map(Object.entries(template.Resources).filter(([, { Condition: name }]) => holds(name)));
  const ordered: string[] = [];
  while (left.size > 0) {
    const ready = [...left].filter(([, resource]) => !needs(resource).some((id) => left.has(id)));
    if (ready.length === 0) throw new Error(`${[...left.keys()].join(", ")} wait for each other.`);
    for (const [id] of ready) {
      ordered.push(id);
      left.delete(id);
    }
  }
  return ordered;

  function holds(condition: string | undefined): boolean {
    if (condition === undefined) return true;
    return resolved(template.Conditions?.[condition], {
      template,
      ...scope,
      made: new Map(),
      exported: new Map(),
    }) as boolean;
  }
}

/** Logical ids that a resource waits for. That names in its update policy count is nowhere said, so they do not. */
const needs = ({ UpdatePolicy: _, ...resource }: TemplateResource): string[] => references(resource);

/** Logical ids that a value names. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === "Ref" || key === "DependsOn") return [inner].flat() as string[];
    return key === "Fn::GetAtt" ? [(inner as string[])[0] ?? ""] : references(inner);
  });
}

/** A value of a template as CloudFormation hands it to a service. */
export function resolved(value: unknown, scope: TemplateScope): unknown {
  if (Array.isArray(value)) return value.map((each) => resolved(each, scope));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [[key, inner] = ["", undefined]] = entries;
  if (entries.length === 1 && (key === "Ref" || key.startsWith("Fn::"))) {
    const apply = functions[key];
    if (apply === undefined) throw new Error(`${key} is not known here.`);
    return apply(key === "Ref" || key === "Fn::GetAtt" ? inner : resolved(inner, scope), scope);
  }
  return Object.fromEntries(entries.map(([name, each]) => [name, resolved(each, scope)]));
}

const functions: Readonly<Record<string, (given: unknown, scope: TemplateScope) => unknown>> = {
  Ref: (name, { parameters, made }) =>
    pseudo[name as string] ?? parameters[name as string] ?? made.get(name as string)?.ref,
  "Fn::GetAtt": (given, { made }) => {
    const [id = "", name = ""] = given as string[];
    const found = made.get(id)?.attributes?.[name];
    if (found === undefined) throw new Error(`${id} has no ${name}.`);
    return found;
  },
  "Fn::Join": (given) => {
    const [separator, parts] = given as [string, string[]];
    return parts.join(separator);
  },
  "Fn::Split": (given) => {
    const [separator, text] = given as [string, string];
    return text.split(separator);
  },
  "Fn::Select": (given) => {
    const [index, items] = given as [number | string, unknown[]];
    return items[Number(index)];
  },
  "Fn::ImportValue": (name, { exported }) => exported.get(name as string),
  "Fn::Equals": (given) => {
    const [left, right] = given as [unknown, unknown];
    return left === right;
  },
  "Fn::Not": (given) => !(given as [boolean])[0],
};

const pseudo: Readonly<Record<string, string>> = {
  "AWS::Partition": "aws",
  "AWS::AccountId": env.account,
  "AWS::Region": env.region,
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackName": "walk",
};
