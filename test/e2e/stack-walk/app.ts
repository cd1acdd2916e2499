import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleLambda, describeApi } from "@sagewright/cdk";
import { readContract } from "@sagewright/contract";
import { fail, greaterThanOrEqual, join as joined, pipeline, when } from "@sagewright/pipeline";
import { defineEnvironment } from "@sagewright/sagemaker";
import { App } from "aws-cdk-lib";
import { addStacks } from "../../../infra/lib/environment-stacks";
import type { ServedProduct } from "../../../infra/lib/product";
import { root } from "../../support/cli";

/** The embedded cloud's account, with everything switched on that an environment can have. */
export const environment = defineEnvironment({
  name: "walk",
  account: "000000000000",
  region: "us-east-1",
  tags: { project: "walk" },
  serving: { mode: "embedded", capture: { share: 1 } },
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

/** The stacks in the order in which they are deployed. */
export const stackNames = ["data", "pipeline", "observability", "serving"].map((what) => `sagewright-walk-${what}`);

/** A pipeline whose gate refuses at once: what starts it is of interest here, and not what it trains. */
const training = pipeline("churn-training", ({ parameter }) => {
  const input = parameter.string("InputDataUri");
  const auc = parameter.float("Auc", { default: 0.7 });
  return when("Gate", greaterThanOrEqual(0.8, auc)).then(
    fail("TooWeak", joined("", ["ROC AUC ", auc, " of ", input, " is below the minimum"])),
  );
});

/** Synthesises the app's stacks for {@link environment}, with a small contract, into a folder. */
export async function synthesised(folder: string): Promise<string> {
  const contract = readContract(
    readFileSync(join(root, "packages/serving/test/unit/fixtures/binary.contract.json"), "utf8"),
  );
  const bundle = async (name: "predict" | "authorize") => {
    const place = join(folder, name);
    mkdirSync(place);
    await bundleLambda(name, place);
    return place;
  };
  const [predict, authorize] = await Promise.all([bundle("predict"), bundle("authorize")]);
  const product: ServedProduct = {
    ...{ name: "churn", group: "churn", pipeline: training, openApi: await describeApi({ contract, model: "churn" }) },
    functions: { predict, preprocess: predict, authorize },
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
