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
 * `POST /predict` beside FastAPI with scikit-learn (two workers) and beside a bare `node:http` server that returns a
 * constant: the same forest (200 trees, depth 12), the same customers, in turn in one run; load from another process.
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
      return servers.at(-1).url;
    };
    const host = join(root, "test/bench/serving-host.mjs");
    const floor = await start(process.execPath, [host, "floor", root, folder]);
    const api = await start(process.execPath, [host, "api", root, folder]);
    const port = "18763";
    const uvicorn = ["-m", "uvicorn", "serving_peer:app", "--workers", "2", "--port", port, "--log-level", "info"];
    const peer = await start(peerPython, [...uvicorn, "--no-access-log"], {
      cwd: join(root, "test/bench"),
      env: { ...process.env, SERVING_PEER_MODEL: join(folder, "model.joblib"), SERVING_PEER_SOURCES: sources },
    });
    await requireEqual(folder, api, peer);
    const candidates = {
      floor: [`${floor}/predict`, [16, 64]],
      plain: [`${api}/predict?drivers=0`, [1, 16, 64]],
      drivers: [`${api}/predict`, [1, 16, 64]],
      peer: [`${peer}/predict`, [1, 16, 64]],
    };
    return report(await measure({ root, folder, rounds, candidates }));
  } finally {
    await Promise.all(servers.map(({ stop }) => stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure({ root, folder, rounds, candidates }) {
  const found = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, [url, connections]] of Object.entries(candidates)) {
      for (const count of connections) {
        const args = [join(root, "test/bench/serving-load.mjs"), url, join(folder, "rows.jsonl"), count, SECONDS];
        const result = JSON.parse(await execute(process.execPath, args));
        if (result.failed > 0) throw new Error(`${name} at ${count} connections: ${result.failed} requests failed`);
        found[`${name}${count}`] = [...(found[`${name}${count}`] ?? []), result];
      }
    }
  }
  return (key, figure) => median(found[key].map((result) => result[figure]));
}

function report(of) {
  const rate = (key) => of(key, "rate");
  const rows = [16, 64].flatMap((count) => {
    const peer = { peer: rate(`peer${count}`), peerName: "FastAPI + scikit-learn", unit: "requests/s" };
    const floor = { peer: rate(`floor${count}`), peerName: "bare node:http", unit: "requests/s" };
    const goal = { ...peer, atLeast: true, of: "ratio" };
    const slowest = Math.max(of(`plain${count}`, "p99"), of(`drivers${count}`, "p99"));
    return [
      row(`POST /predict, ${count} connections`, { value: rate(`plain${count}`), ...goal, limit: 80 }),
      row(`POST /predict with drivers, ${count} connections`, { value: rate(`drivers${count}`), ...goal, limit: 40 }),
      row(`the same without drivers, beside the floor, ${count} connections`, {
        value: rate(`plain${count}`),
        ...floor,
      }),
      row(`p99, ${count} connections`, { value: slowest, unit: "ms", limit: 20 }),
    ];
  });
  const single = { peer: of("peer1", "p50"), peerName: "FastAPI + scikit-learn", unit: "ms", limit: 1 };
  return [
    ...rows,
    row("p50, one connection", { value: of("plain1", "p50"), ...single }),
    row("p50 with drivers, one connection", { value: of("drivers1", "p50"), ...single }),
  ];
}

/** Both servers give scikit-learn's number, or nothing is measured. */
async function requireEqual(folder, ...urls) {
  const rows = readFileSync(join(folder, "rows.jsonl"), "utf8").trimEnd().split("\n").slice(0, 50);
  const scores = JSON.parse(readFileSync(join(folder, "scores.json"), "utf8"));
  for (const url of urls) {
    for (const [index, body] of rows.entries()) {
      const headers = { "content-type": "application/json" };
      const answer = await (await fetch(`${url}/predict`, { method: "POST", headers, body })).json();
      if (answer.churnProbability !== scores[index]) {
        throw new Error(`${url}: row ${index} gives ${JSON.stringify(answer)}, scikit-learn ${scores[index]}`);
      }
    }
  }
}

/** Starts a server and resolves with the address that it prints. */
async function startServer(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const closed = new Promise((done) => child.on("close", done));
  const errors = [];
  const url = await new Promise((found, failed) => {
    const look = (line) => {
      errors.push(line);
      const match = /https?:\/\/127\.0\.0\.1:\d+/.exec(line);
      // uvicorn says its address before its workers have loaded the model.
      if (match) found(match[0]);
    };
    createInterface({ input: child.stdout }).on("line", look);
    createInterface({ input: child.stderr }).on("line", look);
    child.on("close", (code) => failed(new Error(`${command} ended with ${code}:\n${errors.join("\n")}`)));
  });
  await untilAnswering(url);
  return {
    url,
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
