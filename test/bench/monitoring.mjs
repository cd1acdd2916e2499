import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { execute, median, row } from "./measure.mjs";

const ROWS = Number(process.env.ROWS ?? 10_000_000);
const CAPTURED = 200_000;
const LABELLED = 1_000_000;
const WEEKS = Number(process.env.WEEKS ?? 1_000);
const ROUNDS = 3;

/**
 * Monitoring: summaries and statistics beside numpy, pandas and scipy, which read the same files (binary columns; captured
 * predictions as JSON lines) and must come to the same figures; and how often weeks raise an alarm.
 * Alone: `node test/bench/monitoring.mjs` after a build, with SAGEWRIGHT_PYTHON set.
 */
export async function run({ root, python }) {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-bench-"));
  const programs = join(root, "test/bench/monitoring");
  const ours = async (name) =>
    JSON.parse(await execute(process.execPath, [join(programs, `${name}.mjs`), root, folder]));
  const peer = async (...args) => JSON.parse(await execute(python, [join(programs, "peer.py"), ...args, folder]));
  try {
    const sources = join(root, "packages/sklearn/python");
    await execute(python, [join(programs, "peer.py"), "make", folder, `${ROWS}`, `${CAPTURED}`, sources]);
    writeLabelled(folder);
    return [
      ...(await beside("columns", `${figure(ROWS)} rows x 20 features in binary columns`, "numpy", { ours, peer })),
      ...(await beside("captures", `${figure(CAPTURED)} captured predictions`, "json, pandas and numpy", {
        ours,
        peer,
      })),
      ...yearRows(await ours("year")),
      await aucRow({ ours, peer }),
      ...(await weekRows(root, folder)),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Both sides in turn; their figures must be the same. */
async function beside(name, what, peerName, { ours, peer }) {
  const [times, peerTimes, peaks] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [own, other] = [await ours(name), await peer(name)];
    if (round === 0) requireSame(own, other);
    times.push(own.milliseconds);
    peerTimes.push(other.milliseconds);
    peaks.push(own.peak / 2 ** 20);
  }
  const value = { value: median(times), unit: "ms", peer: median(peerTimes), peerName, limit: 1, of: "ratio" };
  return [
    row(`summarise and test ${what}`, value),
    row("its peak memory", { value: Math.max(...peaks), unit: "MiB", limit: 400 }),
  ];
}

/** Throws where a figure differs by more than rounding. */
function requireSame({ report, rows, products }, peer) {
  const wrong = [];
  const compare = (name, own, other) => {
    if (!(Math.abs(own - other) <= 1e-9 * Math.max(1, Math.abs(other)))) wrong.push(`${name}: ${own}, not ${other}`);
  };
  compare("rows", rows, peer.rows);
  products.forEach((product, pair) => {
    compare(`relation ${pair}`, product, peer.products[pair]);
  });
  for (const { feature, statistics, mean } of [...report.features, report.score]) {
    const { jensenShannon, lInfinity, ks, mean: center } = peer.columns[feature];
    compare(`${feature} Jensen-Shannon`, statistics.jensenShannon, jensenShannon);
    compare(`${feature} L-infinity`, statistics.lInfinity, lInfinity);
    if (ks === undefined) continue;
    compare(`${feature} Kolmogorov-Smirnov`, statistics.ks, ks);
    compare(`${feature} mean`, mean.window, center);
  }
  if (wrong.length > 0) throw new Error(`The figures differ from numpy's: ${wrong.slice(0, 5).join("; ")}`);
}

function yearRows({ merge, read, bytes }) {
  return [
    row("merge a year of hourly summaries (8,760)", { value: Math.max(...merge), unit: "ms", limit: 200 }),
    row(`read them before, ${figure(Math.round(bytes / 2 ** 20))} MiB of JSON`, { value: read, unit: "ms" }),
  ];
}

function writeLabelled(folder) {
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const labels = Float64Array.from({ length: LABELLED }, () => Number(random() < 0.2));
  // Four digits, so that many are alike.
  const scores = labels.map((label) => Math.round(10_000 * (0.6 * random() + 0.25 * random() + 0.15 * label)) / 10_000);
  writeFileSync(join(folder, "auc-labels.bin"), labels);
  writeFileSync(join(folder, "auc-scores.bin"), scores);
}

async function aucRow({ ours, peer }) {
  const [own, other] = [await ours("auc"), await peer("auc")];
  for (const name of ["value", "low", "high"])
    if (Math.abs(own[name] - other[name]) > 1e-9) throw new Error(`AUC ${name}: ${own[name]}, not ${other[name]}`);
  const name = `ROC AUC with DeLong's interval, ${figure(LABELLED)} rows`;
  return row(name, {
    value: own.milliseconds,
    unit: "ms",
    limit: 2_000,
    peer: other.milliseconds,
    peerName: "numpy and scipy",
  });
}

/** How many of the simulated weeks raise an alarm, without drift and with it. */
async function weekRows(root, folder) {
  const program = join(folder, "weeks.cjs");
  await createRequire(join(root, "packages/monitoring/package.json"))("esbuild").build({
    entryPoints: [join(root, "packages/monitoring/test/support/weeks-program.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    logLevel: "error",
    alias: { "@sagewright/contract": join(root, "packages/contract/src/index.ts") },
  });
  const weeks = async (rows, given = {}) =>
    JSON.parse(await execute(process.execPath, [program, JSON.stringify({ weeks: WEEKS, rows, ...given })]));
  const percent = (found) => ({ value: (100 * found) / WEEKS, unit: "%" });
  const rows = [];
  for (const size of [200, 1_000, 10_000]) {
    const { alarms, fixed } = await weeks(size);
    const name = `alarms in ${figure(WEEKS)} weeks of ${figure(size)} rows without drift`;
    rows.push(row(name, { ...percent(alarms), limit: 1 }), row("  with a fixed limit of 0.1 for PSI", percent(fixed)));
  }
  const small = await weeks(2_000, { training: 500, weeksOfBaseline: 4 });
  const name = "alarms in weeks of 2,000 rows beside a training set of 500";
  rows.push(
    row(name, { ...percent(small.alarms), limit: 1 }),
    row("  with a fixed limit of 0.1 for PSI", percent(small.fixed)),
  );
  const changes = [
    ["a shift of 0.3 standard deviations", { shift: 0.3 }, "normal0", "feature"],
    ["a category's share from 10 % to 15 %", { share: 0.15 }, "category5", "feature"],
    ["a correlation from 0.6 to 0.3, no single feature", { correlation: 0.3 }, undefined, "relation"],
    ["0.35 standard deviations within a segment, no single feature", { within: 0.3 }, undefined, "segment"],
  ];
  for (const [name, change, feature, what] of changes) {
    const found = await weeks(2_000, { change, feature, seed: 5 });
    rows.push(row(`weeks of 2,000 rows that find ${name}`, { ...percent(found[what]), limit: 95, atLeast: true }));
  }
  return rows;
}

function figure(count) {
  return count.toLocaleString("en-US");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(import.meta.dirname, "../..");
  const python = process.env.SAGEWRIGHT_PYTHON ?? "python3";
  for (const each of await run({ root, python })) console.log(JSON.stringify(each));
}
