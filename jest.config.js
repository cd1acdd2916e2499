/** One Jest configuration for every package: sources are mapped in directly, so tests never depend on a build. */
module.exports = {
  rootDir: __dirname,
  testEnvironment: "node",
  // Only a test that hangs is late: a machine may be slow, and may have other things to do.
  testTimeout: 60_000,
  testMatch: ["<rootDir>/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/dist/"],
  modulePathIgnorePatterns: ["/dist/"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
  moduleNameMapper: {
    "^@sagewright/predictor/node$": "<rootDir>/packages/predictor/src/node/index.ts",
    "^@sagewright/([a-z]+)$": "<rootDir>/packages/$1/src/index.ts",
  },
};
