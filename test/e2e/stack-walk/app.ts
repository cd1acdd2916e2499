import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bundleLambda, describeApi } from "@sagewright/cdk";
import type { Contract } from "@sagewright/contract";
import type { Pipeline } from "@sagewright/pipeline";
import { defineEnvironment, type Environment, type EnvironmentInput } from "@sagewright/sagemaker";
import { App } from "aws-cdk-lib";
import { addStacks } from "../../../infra/lib/environment-stacks";
import type { ServedProduct } from "../../../infra/lib/product";

/** The embedded cloud's account, with everything switched on that an environment can have beside its way of serving. */
export const walkedEnvironment = (serving: EnvironmentInput["serving"]): Environment =>
  defineEnvironment({
    name: "walk",
    account: "000000000000",
    region: "us-east-1",
    tags: { project: "walk" },
    serving,
    budget: { usdPerMonth: 25 },
    monitoring: { minimumSample: 100 },
    retraining: { timezone: "Europe/Berlin" },
    alerts: {
      targets: {
        oncall: { type: "pagerduty", secret: "walk/pagerduty" },
        team: { type: "slack", secret: "walk/slack", channel: "#churn" },
      },
      routes: { critical: ["oncall"], performance: ["team"], minor: ["team"] },
    },
  });

/** The stacks before the one that serves, in the order in which they are deployed. */
export const standingStacks = ["data", "pipeline", "observability"].map((what) => `sagewright-walk-${what}`);

/** The stack that serves, which is deployed last. */
export const servingStack = "sagewright-walk-serving";

/** What an environment's stacks are made of. */
export interface WalkedApp {
  readonly environment: Environment;
  readonly contract: Contract;
  readonly training: Pipeline;
}

/** Synthesises the app's stacks into a folder, as `cdk synth` does, and gives the assembly's folder. */
export async function synthesised(folder: string, { environment, contract, training }: WalkedApp): Promise<string> {
  const bundle = async (name: "predict" | "preprocess" | "authorize") => {
    const place = join(folder, name);
    mkdirSync(place);
    await bundleLambda(name, place);
    return place;
  };
  const answering = environment.serving.mode === "embedded" ? "predict" : "preprocess";
  const [answers, authorize] = await Promise.all([bundle(answering), bundle("authorize")]);
  const product: ServedProduct = {
    ...{ name: "churn", group: "churn", pipeline: training, openApi: await describeApi({ contract, model: "churn" }) },
    functions: { predict: answers, preprocess: answers, authorize },
  };
  const outdir = join(folder, "assembly");
  const app = new App({
    outdir,
    analyticsReporting: false,
    postCliContext: { "@aws-cdk/core:defaultCrossStackReferences": "strong" },
  });
  addStacks(app, environment, product);
  app.synth();
  return outdir;
}
