import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "@sagewright/sagemaker";
import { App, type AppProps, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import dev from "../../config/dev";
import prod from "../../config/prod";
import staging from "../../config/staging";
import { addStacks } from "./environment-stacks";
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
  return appOf(await churnProduct(folder), props);
}

/** {@link createApp} with a product that is there already. */
export function appOf(product: ServedProduct, props: AppProps = {}): App {
  const app = new App({
    ...props,
    analyticsReporting: false,
    postCliContext: { ...FLAGS, ...props.postCliContext },
  });
  for (const environment of chosen(app.node.tryGetContext("env"))) addStacks(app, environment, product);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return app;
}

/** What `cdk` runs. */
export async function synthesise(): Promise<void> {
  (await createApp()).synth();
}

/** Findings of CloudFormation's own rules end the synthesis. */
const FLAGS = {
  "@aws-cdk/core:validateAgainstDefaultRules": true,
  "@aws-cdk/aws-iam:minimizePolicies": false,
  "@aws-cdk/aws-lambda:recognizeLayerVersion": true,
  "@aws-cdk/aws-apigateway:disableCloudWatchRole": false,
  "@aws-cdk/core:checkSecretUsage": true,
  "@aws-cdk/aws-iam:standardizedServicePrincipals": true,
  "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": true,
  "@aws-cdk/core:defaultCrossStackReferences": "strong",
  "@aws-cdk/core:target-partitions": ["aws"],
};

function chosen(name: unknown): readonly Environment[] {
  if (name === undefined) return Object.values(environments);
  const found = typeof name === "string" ? environments[name] : undefined;
  if (found !== undefined) return [found];
  const names = Object.keys(environments).join(", ");
  throw new Error(`Context env: ${JSON.stringify(name)} is no environment of config/. Use one of ${names}.`);
}
