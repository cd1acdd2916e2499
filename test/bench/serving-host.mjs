import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A server of the serving benchmark: `node serving-host.mjs constant|trees|api|secured ROOT FOLDER`. Prints its URL and,
 * where it needs one, a key.
 *
 * `constant` and `trees` are ceilings: a bare `node:http` server with a fixed answer, and one that parses the row, walks the
 * trees and answers with the bare number, checking nothing. `secured` is the API with keys, audit log and 10 % capture.
 */
const [kind, root, folder] = process.argv.slice(2);
const load = (name) => createRequire(import.meta.url)(join(root, "packages", name, "dist/index.js"));
const state = mkdtempSync(join(tmpdir(), "sagewright-bench-state-"));
// An orderly end, so that `node --cpu-prof` writes its profile.
process.on("SIGTERM", () => {
  rmSync(state, { recursive: true, force: true });
  process.exit(0);
});

const contract = () => load("contract").readContract(readFileSync(join(folder, "contract.json"), "utf8"));
const predictor = load("predictor").loadPredictor(readFileSync(join(folder, "predictor.safetensors")));

if (kind === "constant" || kind === "trees") {
  const padding = "x".repeat(300);
  const constant = JSON.stringify({ predictionId: "0", churnProbability: 0.5, padding });
  const walk = (body) => JSON.stringify({ churnProbability: predictor.predictRow(JSON.parse(body)), padding });
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const answer = kind === "constant" || body === "" ? constant : walk(body);
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) });
      response.end(answer);
    });
  });
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
} else {
  const { createApi, embeddedBackend, serveNode } = load("serving");
  const { key, ...parts } = kind === "secured" ? await secured() : {};
  const app = createApi({
    backend: embeddedBackend(predictor, contract()),
    contract: contract(),
    model: { name: "bank", version: "1", threshold: predictor.threshold ?? 0.5 },
    ...parts,
  });
  console.log((await serveNode(app)).url, key ?? "");
}

async function secured() {
  const { Capture, createKey, hourlyFolder, openAccess, servingPaths } = load("serving");
  const access = await openAccess(state, { required: true });
  const perMinute = 1_000_000;
  const { text } = await createKey(access.keys, { name: "bench", role: "consumer", perMinute, now: new Date() });
  const capture = new Capture({ sink: hourlyFolder(servingPaths(state).captures), share: 0.1 });
  return { ...access, capture, key: text };
}
