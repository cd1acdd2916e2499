import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute, inTurn, row } from "./measure.mjs";

/** Whole processes: printing a definition, and a run in which every step is cached. */
export async function run({ root, rounds }) {
  const cli = join(root, "packages/cli/bin/sagewright.js");
  const state = mkdtempSync(join(tmpdir(), "sagewright-bench-"));
  const node = (...args) => execute(process.execPath, args, { cwd: root });
  try {
    await node(cli, "run", "churn", "--quiet", "--state", state);
    const times = await inTurn(rounds, {
      bare: () => node("-e", "0"),
      help: () => node(cli, "--help"),
      compile: () => node(cli, "compile", "churn"),
      cached: () => node(cli, "run", "churn", "--quiet", "--state", state),
    });
    const peer = { peer: times.bare, peerName: "bare node" };
    return [
      row("sagewright --help, whole process", { value: times.help, unit: "ms", ...peer, limit: 150 }),
      row("sagewright compile churn, whole process", { value: times.compile, unit: "ms", ...peer, limit: 300 }),
      row("re-run with every step cached, whole process", { value: times.cached, unit: "ms", ...peer, limit: 1500 }),
    ];
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}
