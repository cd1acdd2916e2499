import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleLambda, describeApi, type OpenApiDocument } from "@sagewright/cdk";
import type { Pipeline } from "@sagewright/pipeline";
import churn from "../../pipelines/churn/pipeline";
import { telecomPolicy } from "../../pipelines/churn/policy";

/** A product as stacks need it: everything that takes time or waiting is done. */
export interface ServedProduct {
  readonly name: string;
  /** Model group. */
  readonly group: string;
  readonly pipeline: Pipeline;
  readonly openApi: OpenApiDocument;
  /** How scores become decisions, as JSON. @default the usual policy */
  readonly policy?: object;
  /** Folders with one `index.js` each. */
  readonly functions: Readonly<Record<"predict" | "preprocess" | "authorize", string>>;
}

/**
 * The churn product.
 *
 * @param folder - where functions are bundled
 */
export async function churnProduct(folder: string): Promise<ServedProduct> {
  const contract = churn.contracts[churn.defaultContract];
  if (contract === undefined) throw new Error(`${churn.name} has no contract ${churn.defaultContract}.`);
  const bundle = async (name: "predict" | "preprocess" | "authorize"): Promise<string> => {
    const place = join(folder, name);
    mkdirSync(place, { recursive: true });
    await bundleLambda(name, place);
    // Functions that look their model up have their product's policy beside their code.
    if (name === "predict") {
      mkdirSync(join(place, "model"));
      writeFileSync(join(place, "model", "policy.json"), `${JSON.stringify(telecomPolicy, null, 2)}\n`);
    }
    return place;
  };
  const [predict, preprocess, authorize] = await Promise.all([
    bundle("predict"),
    bundle("preprocess"),
    bundle("authorize"),
  ]);
  return {
    name: churn.name,
    group: "churn",
    pipeline: churn.definition(contract),
    openApi: await describeApi({ contract, model: "churn", policy: telecomPolicy }),
    policy: telecomPolicy,
    functions: { predict, preprocess, authorize },
  };
}
