import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "@sagewright/sagemaker";
import type { App } from "aws-cdk-lib";
import { appOf } from "../../lib/app";
import { type Finding, readFindings } from "../../lib/findings";
import { churnProduct, type ServedProduct } from "../../lib/product";

/** A template as CloudFormation gets it. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, object>>;
  readonly Conditions?: Readonly<Record<string, object>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Description?: string; readonly Value: unknown }>>;
}

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** What a synthesis leaves. */
export interface Synthesised {
  readonly product: ServedProduct;
  readonly folder: string;
  readonly app: App;
  /** By the stack's name, such as `sagewright-dev-data`. */
  readonly templates: Readonly<Record<string, Template>>;
  readonly findings: readonly Finding[];
}

/** Synthesises environments with the real product, its functions bundled; only `judge` has rules read the templates, which takes longest. */
export async function synthesised(
  environments: Readonly<Record<string, Environment>>,
  judge = false,
): Promise<Synthesised> {
  const scratch = mkdtempSync(join(tmpdir(), "sagewright-infra-"));
  const functions = join(scratch, "functions");
  mkdirSync(functions);
  const product = await churnProduct(functions);
  const app = appOf(product, environments, { outdir: join(scratch, "cdk.out") }, judge);
  const { directory } = app.synth();
  const names = readdirSync(directory).filter((name) => name.endsWith(".template.json"));
  const templates = names.map((name) => [
    name.replace(".template.json", ""),
    JSON.parse(readFileSync(join(directory, name), "utf8")) as Template,
  ]);
  return {
    product,
    folder: directory,
    app,
    templates: Object.fromEntries(templates),
    findings: readFindings(directory),
  };
}

/** The resources of a type, by logical id. */
export function resourcesOf({ Resources }: Template, type: string): Record<string, Resource> {
  return Object.fromEntries(Object.entries(Resources).filter(([, { Type }]) => Type === type));
}

/** The only resource of a type. */
export function onlyResource(template: Template, type: string): Resource {
  const found = Object.values(resourcesOf(template, type));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} resources are ${type}`);
  return only;
}
