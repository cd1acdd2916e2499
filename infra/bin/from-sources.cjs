const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const Module = require("node:module");
const { transformSync } = require("esbuild");

/** Lets this process load TypeScript, and take the project's own packages from their sources. */
const packages = join(__dirname, "..", "..", "packages");

Module._extensions[".ts"] = (module, file) => {
  const { code } = transformSync(readFileSync(file, "utf8"), {
    loader: "ts",
    format: "cjs",
    target: "node20",
    sourcefile: file,
    sourcemap: "inline",
  });
  module._compile(code, file);
};

const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  const [, name, entry] = /^@sagewright\/([a-z]+)(?:\/([a-z]+))?$/.exec(request) ?? [];
  if (name === undefined) return resolve(request, ...rest);
  return resolve(join(packages, name, "src", ...(entry === undefined ? [] : [entry]), "index.ts"), ...rest);
};
