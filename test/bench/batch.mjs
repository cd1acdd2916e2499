import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { execute, inTurn, row } from "./measure.mjs";

const ROWS = 1_200_000;

/**
 * A file of customers scored from disk to disk, whole processes, beside pandas and scikit-learn doing the same with the same
 * model (200 trees of depth 8) on two cores. Ours checks every row; the peer trusts them.
 * Alone: `node test/bench/batch.mjs` after a build, with SAGEWRIGHT_PYTHON set.
 */
export async function run({ root, rounds, python, data }) {
  if (!existsSync(join(data, "bank_churn.csv"))) {
    console.error(`  batch: skipped, ${data} has no bank_churn.csv`);
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), "sagewright-bench-"));
  const sagewright = (...args) =>
    execute(process.execPath, [join(root, "packages/cli/bin/sagewright.js"), ...args], { cwd: root });
  try {
    const state = join(folder, "state");
    const pipeline = join(root, "test/bench/batch-pipeline.ts");
    await sagewright("run", pipeline, "--data", join(data, "bank_churn.csv"), "--quiet", "--state", state);
    const shown = JSON.parse(await sagewright("models", "show", "batch-bench/1", "--json", "--state", state));
    const model = await unpack(root, join(state, "objects", shown.modelDataUrl.slice("s3://".length)), folder);
    const customers = join(folder, "customers.csv");
    const peer = join(root, "test/bench/batch_peer.py");
    await execute(python, [peer, "make", join(data, "bank_churn.csv"), customers, String(ROWS)]);
    const predict = (file, out) => [
      "predict",
      "batch-bench/1",
      "--file",
      file,
      "--out",
      join(folder, out),
      "--state",
      state,
      "--quiet",
      "--json",
    ];
    const memory = { peer: [], csv: [], parquet: [] };
    const times = await inTurn(rounds, {
      peer: async () => {
        const said = await execute(python, [peer, "score", model, customers, join(folder, "theirs.csv")]);
        memory.peer.push(Number(said) * 1024);
      },
      ours: async () => memory.csv.push(await peakBytes(root, predict(customers, "ours.csv"))),
      parquet: async () => memory.parquet.push(await peakBytes(root, predict(customers, "ours.parquet"))),
    });
    await execute(python, [peer, "compare", join(folder, "theirs.csv"), join(folder, "ours.csv")]);
    return [
      row(`score a CSV of ${ROWS.toLocaleString("en-US")} customers into a CSV, whole process`, {
        value: (ROWS / times.ours) * 1000,
        unit: "rows/s",
        peer: (ROWS / times.peer) * 1000,
        peerName: "pandas + scikit-learn n_jobs=2",
        limit: 3,
        atLeast: true,
        of: "ratio",
      }),
      row("its peak memory", {
        ...{ value: mebibytes(memory.csv), peer: mebibytes(memory.peer), peerName: "pandas in chunks of 100,000" },
        ...{ unit: "MiB", limit: 300 },
      }),
      row(`score ${ROWS.toLocaleString("en-US")} customers into Parquet`, {
        value: (ROWS / times.parquet) * 1000,
        unit: "rows/s",
      }),
      row("its peak memory", { value: mebibytes(memory.parquet), unit: "MiB", limit: 300 }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mebibytes(peaks) {
  return Math.max(...peaks) / 2 ** 20;
}

/** Runs the command line in a process that says on stderr, when it ends, how much memory it had at most. */
async function peakBytes(root, args) {
  // A process's maxRSS begins with its parent's on Linux; the high-water mark of its own memory does not.
  const own = "+/VmHWM:\\s+(\\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1]";
  const peak = process.platform === "linux" ? own : "process.resourceUsage().maxRSS";
  const script =
    `process.on("exit", () => process.stdout.write("\\npeak " + (${peak})));` +
    "const [cli, ...args] = process.argv.slice(1); require(cli).main(args);";
  const cli = join(root, "packages/cli/dist/main.js");
  const output = await execute(process.execPath, ["-e", script, cli, ...args], { cwd: root });
  return Number(/peak (\d+)$/.exec(output)?.[1]) * 1024;
}

async function unpack(root, archive, folder) {
  const { extract } = createRequire(join(root, "packages/sagemaker/package.json"))("tar-stream");
  const { gunzipSync } = await import("node:zlib");
  const { writeFile } = await import("node:fs/promises");
  const model = join(folder, "model");
  const entries = extract();
  entries.end(gunzipSync(readFileSync(archive)));
  for await (const entry of entries) {
    const chunks = [];
    for await (const chunk of entry) chunks.push(chunk);
    if (entry.header.type !== "file") continue;
    const file = join(model, entry.header.name);
    mkdirSync(join(file, ".."), { recursive: true });
    await writeFile(file, Buffer.concat(chunks));
  }
  return model;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(import.meta.dirname, "../..");
  const python = process.env.SAGEWRIGHT_PYTHON ?? "python3";
  const data = process.env.SAGEWRIGHT_TEST_DATA ?? join(root, "../shared/data");
  for (const each of await run({ root, rounds: 3, python, data })) console.log(JSON.stringify(each));
}
