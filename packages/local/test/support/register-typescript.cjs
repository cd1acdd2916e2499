/** Lets a child process of a test run the sources as they are: `node -r register-typescript.cjs file.ts`. */
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const Module = require("node:module");

const packages = join(__dirname, "../../..");
const resolve = Module._resolveFilename;
Module._resolveFilename = function resolveFilename(request, ...rest) {
  const name = /^@sagewright\/([a-z]+)$/.exec(request)?.[1];
  return resolve.call(this, name ? join(packages, name, "src/index.ts") : request, ...rest);
};

const cache = join(packages, "../node_modules/.cache/sagewright/register-typescript");
mkdirSync(cache, { recursive: true });

Module._extensions[".ts"] = (module, filename) => {
  const source = readFileSync(filename, "utf8");
  const cached = join(cache, `${createHash("sha256").update(filename).update(source).digest("hex").slice(0, 32)}.js`);
  module._compile(fromCache(cached) ?? transpile(source, filename, cached), filename);
};

function fromCache(cached) {
  try {
    return readFileSync(cached, "utf8");
  } catch {
    return undefined;
  }
}

function transpile(source, filename, cached) {
  // Loaded on demand: once everything is compiled, processes start without the compiler.
  const { transformSync } = require("@swc/core");
  const { code } = transformSync(source, {
    filename,
    jsc: { target: "es2022", parser: { syntax: "typescript" } },
    module: { type: "commonjs" },
  });
  // Several children write at once: a reader must never see half a file.
  writeFileSync(`${cached}.${process.pid}`, code);
  renameSync(`${cached}.${process.pid}`, cached);
  return code;
}
