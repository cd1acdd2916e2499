/** Lets a child process of a test run the sources as they are: `node -r register-typescript.cjs file.ts`. */
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const Module = require("node:module");
const { transformSync } = require("@swc/core");

const packages = join(__dirname, "../../..");
const resolve = Module._resolveFilename;
Module._resolveFilename = function resolveFilename(request, ...rest) {
  const name = /^@sagewright\/([a-z]+)$/.exec(request)?.[1];
  return resolve.call(this, name ? join(packages, name, "src/index.ts") : request, ...rest);
};

require.extensions[".ts"] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, "utf8"), {
    filename,
    jsc: { target: "es2022", parser: { syntax: "typescript" } },
    module: { type: "commonjs" },
  });
  module._compile(code, filename);
};
