import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

/** The functions there are: `approved` serves approved versions. */
export type OperationFunction = "approved";

/**
 * Makes the code of a Lambda function: one `index.js` in `folder`, with everything it needs, for Node 20 and newer. The handler
 * is `index.handler`. The same sources give the same bytes.
 *
 * @example
 * bundleOperation("approved", "dist/function");
 */
export function bundleOperation(name: OperationFunction, folder: string): { file: string; bytes: number } {
  const { buildSync } = require("esbuild") as typeof import("esbuild");
  const source = existsSync(join(__dirname, `${name}.ts`));
  const file = join(folder, "index.js");
  buildSync({
    entryPoints: [join(__dirname, source ? `${name}.ts` : `${name}.js`)],
    outfile: file,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    absWorkingDir: join(__dirname, "..", ".."),
    logLevel: "error",
    ...(source
      ? { alias: { "@sagewright/pipeline": join(__dirname, "..", "..", "..", "pipeline", "src", "index.ts") } }
      : {}),
  });
  return { file, bytes: statSync(file).size };
}
