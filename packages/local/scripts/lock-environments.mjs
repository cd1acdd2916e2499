#!/usr/bin/env node
/**
 * Writes python/requirements/<image>.txt from python/requirements/<image>.in: every version pinned, every wheel's
 * SHA-256 listed, for Python 3.11-3.13 (3.9-3.11 for image 1.2-1) on Linux and macOS at once.
 *
 * Needs `uv` on PATH (or its path in UV). Run it after editing an .in file; commit both files.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "python", "requirements");
const uv = process.env.UV ?? "uv";

/** Lowest Python a lock must serve, and whether the lock holds dependencies of its own. */
const locks = [
  { name: "1.9-0", python: "3.11", dependencies: true },
  { name: "1.4-2", python: "3.11", dependencies: true },
  { name: "1.2-1", python: "3.9", dependencies: true },
  { name: "demo", python: "3.11", dependencies: false },
];

for (const { name, python, dependencies } of locks) {
  const output = join(folder, `${name}.txt`);
  execFileSync(
    uv,
    [
      ...["pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-emit-index-url"],
      ...["--only-binary", ":all:", "--python-version", python, "--output-file", output],
      ...(dependencies ? [] : ["--no-deps"]),
      `${name}.in`,
    ],
    { cwd: folder, stdio: ["ignore", "inherit", "inherit"] },
  );
  const text = readFileSync(output, "utf8");
  if (/^\s*-|https?:\/\//m.test(text.replaceAll(/^\s+--hash=.*$/gm, ""))) {
    throw new Error(`${output}: a lock names packages, versions and hashes only, but holds an option or an address.`);
  }
  writeFileSync(output, `# Made by packages/local/scripts/lock-environments.mjs from ${name}.in.\n${text}`);
  process.stderr.write(`${name}.txt: ${text.match(/^[a-z0-9]/gm)?.length ?? 0} pins\n`);
}
