import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

/** The functions there are: `predict` scores in its own process, `preprocess` asks an endpoint, `authorize` checks keys. */
export type LambdaFunction = "predict" | "preprocess" | "authorize";

/** What a bundle is. */
export interface LambdaBundle {
  /** The one file with all of the code; the handler is `index.handler`. */
  readonly file: string;
  readonly bytes: number;
}

/**
 * Makes the code of a Lambda function: one `index.js` in `folder`, with everything it needs but the model, for Node 20 and
 * newer. The model's archive belongs unpacked beside it, in `model/`. The same sources give the same bytes.
 *
 * @example
 * await bundleLambda("preprocess", "dist/function");
 */
export async function bundleLambda(name: LambdaFunction, folder: string): Promise<LambdaBundle> {
  const { build } = require("esbuild") as typeof import("esbuild");
  const source = existsSync(join(__dirname, `${name}.ts`));
  const file = join(folder, "index.js");
  await build({
    entryPoints: [join(__dirname, source ? `${name}.ts` : `${name}.js`)],
    outfile: file,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    // What is written as modules is bundled as modules: only then is what nobody uses left out.
    mainFields: ["module", "main"],
    // Not where this package is installed, so that it does not change the bytes.
    absWorkingDir: join(__dirname, "..", ".."),
    logLevel: "error",
    ...(source ? { alias: sourcesOf("contract", "predictor") } : {}),
  });
  return { file, bytes: statSync(file).size };
}

/** While this package itself runs from its sources, so do the ones it uses. */
function sourcesOf(...names: string[]): Record<string, string> {
  const packages = join(__dirname, "..", "..", "..");
  return Object.fromEntries(names.map((name) => [`@sagewright/${name}`, join(packages, name, "src", "index.ts")]));
}
