import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { median, row } from "./measure.mjs";

/**
 * Scoring beside scikit-learn: the same forest (200 trees, depth 12), the same 100,000 rows, in turn in one run.
 * Alone: `node test/bench/predictor.mjs` after `npx tsc -b packages/predictor`, with SAGEWRIGHT_PYTHON set.
 */
export async function run({ root, rounds, python, data }) {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-bench-"));
  const peer = await startPeer({ root, python, data, folder });
  const { loadPredictor } = createRequire(import.meta.url)(join(root, "packages/predictor/dist/index.js"));
  const { createScoringPool } = createRequire(import.meta.url)(join(root, "packages/predictor/dist/node/index.js"));
  const bytes = readFileSync(join(folder, "predictor.safetensors"));
  const columns = readColumns(folder);
  const expected = float64(join(folder, "expected.f64"));
  const predictor = loadPredictor(bytes);
  const pool = createScoringPool({ bytes, threads: 2 });
  try {
    const singles = rowsOf(columns, 2000);
    const first = median(rowTimes(singles.slice(0, 200), (each) => predictor.predictRow(each)));
    await pool.predictColumns(columns);
    requireEqual(predictor.predictColumns(columns), expected);
    const times = { peer: [], peerRow: [], one: [], two: [], row: [], explain: [] };
    for (let round = 0; round < rounds; round++) {
      times.peer.push(await peer.ask("batch"));
      times.one.push(await milliseconds(() => predictor.predictColumns(columns)));
      times.two.push(await milliseconds(() => pool.predictColumns(columns)));
      times.peerRow.push(await peer.ask("row"));
      times.row.push(median(rowTimes(singles, (each) => predictor.predictRow(each))));
      times.explain.push(median(rowTimes(singles, (each) => predictor.explainRow(each))));
    }
    const rate = (values) => (expected.length / median(values)) * 1000;
    const batch = {
      unit: "rows/s",
      peer: rate(times.peer),
      peerName: "scikit-learn n_jobs=2",
      atLeast: true,
      of: "ratio",
    };
    const single = { unit: "ms", peer: median(times.peerRow), peerName: "scikit-learn" };
    return [
      row("score 100,000 rows, one thread", { value: rate(times.one), ...batch, limit: 1.5 }),
      row("score 100,000 rows, two threads", { value: rate(times.two), ...batch, limit: 3 }),
      row("score one row", { value: median(times.row), ...single, limit: 0.1 }),
      row("score one row, the first 200", { value: first, ...single, limit: 0.1 }),
      row("score and explain one row", { value: median(times.explain), ...single, limit: 0.1 }),
    ];
  } finally {
    await pool.close();
    await peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startPeer({ root, python, data, folder }) {
  const args = [join(root, "test/bench/predictor_peer.py"), folder, join(root, "packages/sklearn/python")];
  if (existsSync(join(data, "bank_churn.csv"))) args.push(data);
  const child = spawn(python, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the scikit-learn peer ended early");
    return value;
  };
  await answer();
  return {
    ask: async (what) => {
      child.stdin.write(`${what}\n`);
      return Number(await answer());
    },
    stop: () =>
      new Promise((done) => {
        child.on("close", done);
        child.stdin.end();
      }),
  };
}

function readColumns(folder) {
  const numbers = [
    "CreditScore",
    "Age",
    "Tenure",
    "Balance",
    "NumOfProducts",
    "EstimatedSalary",
    "HasCrCard",
    "IsActiveMember",
  ];
  const categories = JSON.parse(readFileSync(join(folder, "categories.json"), "utf8"));
  return { ...Object.fromEntries(numbers.map((name) => [name, float64(join(folder, `${name}.f64`))])), ...categories };
}

function float64(path) {
  return new Float64Array(Uint8Array.from(readFileSync(path)).buffer);
}

function rowsOf(columns, count) {
  const names = Object.keys(columns);
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(names.map((name) => [name, columns[name][index]])),
  );
}

function rowTimes(rows, score) {
  return rows.map((each) => {
    const start = performance.now();
    score(each);
    return performance.now() - start;
  });
}

async function milliseconds(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function requireEqual(actual, expected) {
  const different = expected.filter((value, index) => !Object.is(value, actual[index])).length;
  if (different > 0) throw new Error(`${different} of ${expected.length} values differ from scikit-learn's`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(import.meta.dirname, "../..");
  const python = process.env.SAGEWRIGHT_PYTHON ?? "python3";
  const data = process.env.SAGEWRIGHT_TEST_DATA ?? join(root, "../shared/data");
  for (const each of await run({ root, rounds: 5, python, data })) console.log(JSON.stringify(each));
}
