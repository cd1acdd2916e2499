/** The app's entry: TypeScript runs from its sources, so that a fresh clone synthesises without a build. */
require("./from-sources.cjs");
const { synthesise } = require("../lib/app.ts");

synthesise().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
