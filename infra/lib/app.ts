import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "@sagewright/sagemaker";
import { App, type AppProps, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { context } from "../../cdk.json";
import dev from "../../config/dev";
import prod from "../../config/prod";
import staging from "../../config/staging";
import { addStacks } from "./environment-stacks";
import { findingText, readFindings } from "./findings";
import { churnProduct, type ServedProduct } from "./product";

/** Every environment of `config/`. */
export const environments: Readonly<Record<string, Environment>> = { dev, staging, prod };

/**
 * The app, ready to synthesise: the environment of the context value `env`, or all of them.
 *
 * @param folder - where functions are bundled. @default a new one
 */
export async function createApp(
  props: AppProps = {},
  folder = mkdtempSync(join(tmpdir(), "sagewright-functions-")),
): Promise<App> {
  return appOf(await churnProduct(folder), environments, props);
}

/**
 * {@link createApp} with a product that is there already, and any environments.
 *
 * @param judge - whether CloudFormation's rules and both rule packs read the templates. @default they do
 */
export function appOf(
  product: ServedProduct,
  among: Readonly<Record<string, Environment>> = environments,
  props: AppProps = {},
  judge = true,
): App {
  const app = new App({
    ...props,
    analyticsReporting: false,
    postCliContext: { ...flags, [DEFAULT_RULES]: judge, ...props.postCliContext },
  });
  for (const environment of chosen(among, app.node.tryGetContext("env"))) addStacks(app, environment, product);
  if (judge) Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return app;
}

/** What `cdk` runs. A warning ends it as an error does: a value that CloudFormation does not know fails only when it is deployed. */
export async function synthesise(): Promise<void> {
  const { directory } = (await createApp()).synth();
  const findings = readFindings(directory);
  if (findings.length > 0) throw new Error(`The templates have findings:\n${findings.map(findingText).join("\n")}`);
}

const DEFAULT_RULES = "@aws-cdk/core:validateAgainstDefaultRules";

/**
 * What `cdk.json` says of CDK's choices, so that whoever makes the app gets the same templates as `cdk` does: what CDK recommends, but
 * for what would change templates for nothing. Statements stay as they are written, one reason each
 * (`minimizePolicies`), and name partitions as CloudFormation does (`enablePartitionLiterals`); the gateway gets its role for logs
 * (`disableCloudWatchRole`); what another stack uses cannot go away below it (`defaultCrossStackReferences`); regions are AWS's own, not
 * China's (`target-partitions`). Findings of CloudFormation's own rules end the synthesis (`validateAgainstDefaultRules`).
 */
export const flags: Readonly<Record<string, unknown>> = context;

function chosen(among: Readonly<Record<string, Environment>>, name: unknown): readonly Environment[] {
  if (name === undefined) return Object.values(among);
  const found = typeof name === "string" ? among[name] : undefined;
  if (found !== undefined) return [found];
  const names = Object.keys(among).join(", ");
  throw new Error(`Context env: ${JSON.stringify(name)} is no environment of config/. Use one of ${names}.`);
}
