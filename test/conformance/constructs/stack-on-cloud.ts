import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cloud } from "@sagewright/local";
import { env, type Made, type Maker, makersOf } from "./resource-makers";

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: object }>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
}

/** What may differ from CloudFormation. */
export interface ApplyOptions {
  /** Changes the variables of a function. @default they stay as they are */
  readonly environmentOf?: (variables: Record<string, string>) => Record<string, string>;
  /** Makers beside the usual ones, or in their place. */
  readonly makers?: (usual: Readonly<Record<string, Maker>>) => Readonly<Record<string, Maker>>;
  /** What stacks before it have exported; what it exports is added. */
  readonly exported?: Map<string, unknown>;
}

/** A template's resources in the embedded cloud: what CloudFormation would ask for, asked of it. */
export interface AppliedStack {
  /** Names, ARNs or URLs by logical id. */
  readonly made: ReadonlyMap<string, Made>;
  /** Name, ARN or URL of the only resource of a type. */
  only(type: string): string;
}

/**
 * Makes every resource of a synthesised stack in a cloud.
 *
 * @param assembly - folder of the cloud assembly
 * @throws Error for a type of resource that it does not know, and whatever the cloud refuses
 */
export async function applyStack(
  cloud: Cloud,
  assembly: string,
  stack: string,
  {
    environmentOf = (variables) => variables,
    makers: more = (usual) => usual,
    exported = new Map(),
  }: ApplyOptions = {},
): Promise<AppliedStack> {
  const template = JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), "utf8")) as Template;
  const makers = more(makersOf({ cloud, assembly, stack, environmentOf }));
  const made = new Map<string, Made>();
  const left = new Map(Object.entries(template.Resources));
  while (left.size > 0) {
    const ready = [...left].filter(([, resource]) => !references(resource).some((id) => left.has(id)));
    if (ready.length === 0) throw new Error(`${[...left.keys()].join(", ")} wait for each other.`);
    for (const [id, { Type, Properties = {} }] of ready) {
      const make = makers[Type];
      if (make === undefined) throw new Error(`${id} is a ${Type}, which the embedded cloud has not.`);
      made.set(id, await make(resolved(Properties, made, exported) as never, id));
      left.delete(id);
    }
  }
  for (const { Value, Export } of Object.values(template.Outputs ?? {})) {
    if (Export !== undefined) exported.set(Export.Name, resolved(Value, made, exported));
  }
  return {
    made,
    only(type) {
      const [[id] = [], second] = Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
      const found = second === undefined && id !== undefined ? made.get(id)?.ref : undefined;
      if (found === undefined) throw new Error(`There is not one ${type}.`);
      return found;
    },
  };
}

/** Logical ids that a resource names. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === "Ref" || key === "DependsOn") return [inner].flat() as string[];
    return key === "Fn::GetAtt" ? [(inner as string[])[0] ?? ""] : references(inner);
  });
}

/** Properties as CloudFormation hands them to a service. */
function resolved(value: unknown, made: ReadonlyMap<string, Made>, exported: ReadonlyMap<string, unknown>): unknown {
  const inside = (each: unknown) => resolved(each, made, exported);
  if (Array.isArray(value)) return value.map(inside);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [[key, inner] = ["", undefined]] = entries;
  if (entries.length === 1) {
    if (key === "Ref") return pseudo[inner as string] ?? made.get(inner as string)?.ref;
    if (key === "Fn::GetAtt") {
      const [id = "", name = ""] = inner as string[];
      const found = made.get(id)?.attributes?.[name];
      if (found === undefined) throw new Error(`${id} has no ${name}.`);
      return found;
    }
    if (key === "Fn::Join") {
      const [separator, parts] = inner as [string, unknown[]];
      return (inside(parts) as string[]).join(separator);
    }
    if (key === "Fn::ImportValue") return exported.get(inner as string);
    if (key.startsWith("Fn::")) throw new Error(`${key} is not known here.`);
  }
  return Object.fromEntries(entries.map(([name, each]) => [name, inside(each)]));
}

const pseudo: Readonly<Record<string, string>> = {
  "AWS::Partition": "aws",
  "AWS::AccountId": env.account,
  "AWS::Region": env.region,
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackName": "walk",
};
