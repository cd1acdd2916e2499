import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execute, median, row } from "./measure.mjs";

const SECONDS = 2;

/**
 * `POST /predict` beside FastAPI with scikit-learn and with ONNX Runtime (two workers each), and below two ceilings: a bare
 * `node:http` server that returns a constant, and one that only parses and walks the trees. The same forest (200 trees,
 * depth 12), the same customers, in turn in one run, medians; load from another process, the same for all.
 * Alone: `node test/bench/serving.mjs` after `npx tsc -b packages/serving`, with SAGEWRIGHT_PYTHON set.
 */
export async function run({ root, rounds, python, data }) {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-bench-"));
  const servers = [];
  try {
    const peerPython = await preparePython(root, python);
    const sources = join(root, "packages/sklearn/python");
    const prepare = [join(root, "test/bench/serving_peer.py"), folder, sources];
    await execute(peerPython, existsSync(join(data, "bank_churn.csv")) ? [...prepare, data] : prepare);
    const start = async (...args) => {
      servers.push(await startServer(...args));
      return servers.at(-1);
    };
    const host = (kind) => start(process.execPath, [join(root, "test/bench/serving-host.mjs"), kind, root, folder]);
    const uvicorn = (engine, port) =>
      start(peerPython, ["-m", "uvicorn", "serving_peer:app", "--workers", "2", "--port", port, "--no-access-log"], {
        cwd: join(root, "test/bench"),
        env: {
          ...process.env,
          SERVING_PEER_ENGINE: engine,
          SERVING_PEER_MODEL: folder,
          SERVING_PEER_SOURCES: sources,
        },
      });
    const constant = await host("constant");
    const trees = await host("trees");
    const api = await host("api");
    const secured = await host("secured");
    const sklearn = await uvicorn("sklearn", "18763");
    const onnx = await uvicorn("onnx", "18764");
    await requireEqual(folder, [api, secured, sklearn], (score, expected) => score === expected);
    await requireEqual(folder, [onnx], (score, expected) => Math.abs(score - expected) < ONNX_TOLERANCE);
    const candidates = {
      constant: [constant, "/predict", [16, 64]],
      trees: [trees, "/predict", [16, 64]],
      plain: [api, "/predict?drivers=0", [1, 16, 64]],
      drivers: [api, "/predict", [1, 16, 64]],
      secured: [secured, "/predict?drivers=0", [16, 64]],
      onnx: [onnx, "/predict", [1, 16, 64]],
      sklearn: [sklearn, "/predict", [1, 16, 64]],
    };
    process.stderr.write(`${LOAD}\n`);
    return report(await measure({ root, folder, rounds, candidates }));
  } finally {
    await Promise.all(servers.map(({ stop }) => stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

const LOAD =
  "  one load generator for every server: another process on the same cores, plain sockets, prepared requests, one at a time a connection";

/** ONNX compares and adds in float32; a value that lies on a split takes another leaf of one tree of 200. */
const ONNX_TOLERANCE = 0.02;

async function measure({ root, folder, rounds, candidates }) {
  const found = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, [{ url, key }, path, connections]] of Object.entries(candidates)) {
      for (const count of connections) {
        const load = join(root, "test/bench/serving-load.mjs");
        const args = [
          load,
          url + path,
          join(folder, "rows.jsonl"),
          count,
          SECONDS,
          ...(key === undefined ? [] : [key]),
        ];
        const result = JSON.parse(await execute(process.execPath, args));
        if (result.failed > 0) throw new Error(`${name} at ${count} connections: ${result.failed} requests failed`);
        found[`${name}${count}`] = [...(found[`${name}${count}`] ?? []), result];
      }
    }
  }
  return {
    of: (key, figure) => median(found[key].map((result) => result[figure])),
    /** The middle of the rounds' ratios: what slows a whole round down slows both. */
    ratio: (key, other) => median(found[key].map(({ rate }, round) => rate / found[other][round].rate)),
  };
}

function report({ of, ratio }) {
  const rows = [16, 64].flatMap((count) => {
    const beside = (candidate, peer, peerName, limit) => ({
      value: of(`${candidate}${count}`, "rate"),
      peer: of(`${peer}${count}`, "rate"),
      ratio: ratio(`${candidate}${count}`, `${peer}${count}`),
      peerName,
      unit: "requests/s",
      ...(limit === undefined ? {} : { atLeast: true, of: "ratio", limit }),
    });
    const where = `${count} connections`;
    const slowest = Math.max(...["plain", "drivers", "secured"].map((name) => of(`${name}${count}`, "p99")));
    return [
      row(`POST /predict, ${where}`, beside("plain", "sklearn", "FastAPI + scikit-learn", 80)),
      row(`POST /predict, ${where}`, beside("plain", "onnx", "FastAPI + ONNX Runtime", 1.5)),
      row(`with drivers, ${where}`, beside("drivers", "sklearn", "FastAPI + scikit-learn without them", 40)),
      row(`with drivers, ${where}`, beside("drivers", "onnx", "FastAPI + ONNX Runtime without them", 0.75)),
      row(`with keys, audit and 10 % capture, ${where}`, beside("secured", "plain", "the same without", 0.85)),
      row(`below the ceiling, ${where}`, beside("plain", "trees", "node:http and a bare tree walk")),
      row(`below the ceiling, ${where}`, beside("plain", "constant", "node:http and a constant")),
      row(`p99 of the slowest of the three, ${where}`, { value: slowest, unit: "ms", limit: 20 }),
    ];
  });
  const single = { peer: of("sklearn1", "p50"), peerName: "FastAPI + scikit-learn", unit: "ms", limit: 1 };
  const onnx = { peer: of("onnx1", "p50"), peerName: "FastAPI + ONNX Runtime", unit: "ms" };
  return [
    ...rows,
    row("p50, one connection", { value: of("plain1", "p50"), ...single }),
    row("p50, one connection", { value: of("plain1", "p50"), ...onnx }),
    row("p50 with drivers, one connection", { value: of("drivers1", "p50"), ...single }),
  ];
}

/** Every server gives scikit-learn's number, or nothing is measured. */
async function requireEqual(folder, servers, equal) {
  const rows = readFileSync(join(folder, "rows.jsonl"), "utf8").trimEnd().split("\n").slice(0, 50);
  const scores = JSON.parse(readFileSync(join(folder, "scores.json"), "utf8"));
  for (const { url, key } of servers) {
    const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
    for (const [index, body] of rows.entries()) {
      const headers = { "content-type": "application/json", ...authorization };
      const answer = await (await fetch(`${url}/predict`, { method: "POST", headers, body })).json();
      if (!equal(answer.churnProbability, scores[index])) {
        throw new Error(`${url}: row ${index} gives ${JSON.stringify(answer)}, scikit-learn ${scores[index]}`);
      }
    }
  }
}

/** Starts a server and resolves with the address that it prints, and the key if there is one behind it. */
async function startServer(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const closed = new Promise((done) => child.on("close", done));
  const errors = [];
  const { url, key } = await new Promise((found, failed) => {
    const look = (line) => {
      errors.push(line);
      const match = /(https?:\/\/127\.0\.0\.1:\d+)(?: (sgw_\S+))?/.exec(line);
      // uvicorn says its address before its workers have loaded the model.
      if (match) found({ url: match[1], key: match[2] });
    };
    createInterface({ input: child.stdout }).on("line", look);
    createInterface({ input: child.stderr }).on("line", look);
    child.on("close", (code) => failed(new Error(`${command} ended with ${code}:\n${errors.join("\n")}`)));
  });
  await untilAnswering(url);
  return {
    url,
    key,
    stop: async () => {
      child.kill("SIGTERM");
      await closed;
    },
  };
}

async function untilAnswering(url) {
  for (let attempt = 0; attempt < 300; attempt++) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer !== undefined) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${url} does not answer`);
}

/** The peer's Python: the job environment's packages plus serving-requirements.txt, kept in node_modules/.cache. */
async function preparePython(root, python) {
  const lock = join(root, "test/bench/serving-requirements.txt");
  const key = createHash("sha256").update(python).update(readFileSync(lock)).digest("hex").slice(0, 12);
  const folder = join(root, "node_modules/.cache/sagewright", `bench-python-${key}`);
  const peer = join(folder, "bin/python");
  if (existsSync(join(folder, ".ready"))) return peer;
  rmSync(folder, { recursive: true, force: true });
  await execute(python, ["-m", "venv", folder]);
  const purelib = ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"];
  const [from, to] = [await execute(python, purelib), await execute(peer, purelib)];
  writeFileSync(join(to.trim(), "job-environment.pth"), from);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"];
  await execute(peer, [...pip, "-r", lock]);
  writeFileSync(join(folder, ".ready"), "");
  return peer;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(import.meta.dirname, "../..");
  const python = process.env.SAGEWRIGHT_PYTHON ?? "python3";
  const data = process.env.SAGEWRIGHT_TEST_DATA ?? join(root, "../shared/data");
  const rounds = Number(process.env.ROUNDS ?? 5);
  for (const each of await run({ root, rounds, python, data })) console.log(JSON.stringify(each));
}
