import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * The functions there are: `route` tells people, `summarise` adds an hour of captures up, `weekly` judges a window, `retrain`
 * starts training because of a finding and tells what it came to.
 */
export type MonitoringLambda = "route" | "summarise" | "weekly" | "retrain";

/**
 * Makes the code of a Lambda function: one `index.js` in `folder`, with everything it needs, for Node 20 and newer. The handler
 * is `index.handler`. The same sources give the same bytes.
 *
 * @example
 * bundleMonitoringLambda("route", "dist/function");
 */
export function bundleMonitoringLambda(name: MonitoringLambda, folder: string): { file: string; bytes: number } {
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
    // Not where this package is installed, so that it does not change the bytes.
    absWorkingDir: join(__dirname, "..", ".."),
    logLevel: "error",
    ...(source
      ? { alias: { "@sagewright/contract": join(__dirname, "..", "..", "..", "contract", "src", "index.ts") } }
      : {}),
  });
  return { file, bytes: statSync(file).size };
}
