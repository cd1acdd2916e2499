/** Lets a plain Node process require this repository's TypeScript. Compiled files are kept in the folder SAGEWRIGHT_TEST_COMPILED. */
const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { join, resolve } = require("node:path");

const root = resolve(__dirname, "../../../../..");
const folder = process.env.SAGEWRIGHT_TEST_COMPILED;
mkdirSync(folder, { recursive: true });

Module._extensions[".ts"] = (module, filename) => {
  const source = readFileSync(filename, "utf8");
  const file = join(folder, `${createHash("sha256").update(`${filename}\n${source}`).digest("hex")}.js`);
  if (!existsSync(file)) {
    // Loaded on demand: once everything is compiled, processes start without the compiler.
    const { transformSync } = require("@swc/core");
    const parser = { syntax: "typescript" };
    writeFileSync(
      file,
      transformSync(source, { jsc: { target: "es2022", parser }, module: { type: "commonjs" } }).code,
    );
  }
  module._compile(readFileSync(file, "utf8"), filename);
};

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  const [, name] = /^@sagewright\/([a-z]+)$/.exec(request) ?? [];
  return resolveFilename.call(this, name ? join(root, "packages", name, "src/index.ts") : request, ...rest);
};
