import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

/** A server of the serving benchmark: `node serving-host.mjs api|floor ROOT FOLDER`. Prints its URL. */
const [kind, root, folder] = process.argv.slice(2);
// An orderly end, so that `node --cpu-prof` writes its profile.
process.on("SIGTERM", () => process.exit(0));
const load = (name) => createRequire(import.meta.url)(join(root, "packages", name, "dist/index.js"));

if (kind === "floor") {
  const body = JSON.stringify({ predictionId: "0", churnProbability: 0.5, padding: "x".repeat(300) });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(200, headers).end(body));
  });
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
} else {
  const { createApi, embeddedBackend, serveNode } = load("serving");
  const contract = load("contract").readContract(readFileSync(join(folder, "contract.json"), "utf8"));
  const predictor = load("predictor").loadPredictor(readFileSync(join(folder, "predictor.safetensors")));
  const app = createApi({
    backend: embeddedBackend(predictor, contract),
    contract,
    model: { name: "bank", version: "1", threshold: predictor.threshold ?? 0.5 },
  });
  console.log((await serveNode(app)).url);
}
