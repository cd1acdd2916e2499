import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readContract } from "@sagewright/contract";
import { loadPredictor } from "@sagewright/predictor";
import {
  createApi,
  createKey,
  embeddedBackend,
  type KeyStore,
  openKeys,
  type RunningServer,
  serveNode,
} from "@sagewright/serving";

/** A Python that has schemathesis in the version of requirements.txt. */
const python = process.env.SAGEWRIGHT_TEST_PYTHON ?? "python3";
const root = join(__dirname, "../..");
/** Generated requests for every route; SAGEWRIGHT_API_CASES=2000 is the full measure. */
const cases = process.env.SAGEWRIGHT_API_CASES ?? "200";
const seed = "1";

const folder = mkdtempSync(join(tmpdir(), "sagewright-schemathesis-"));
const servers: RunningServer[] = [];

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** Every route of the API, with keys or open to everyone. */
async function startServer(keys?: KeyStore): Promise<RunningServer> {
  const fixture = (name: string): Buffer => readFileSync(join(root, "packages/serving/test/unit/fixtures", name));
  const contract = readContract(fixture("binary.contract.json").toString());
  const predictor = loadPredictor(fixture("binary.safetensors"));
  let runs = 0;
  const app = createApi({
    backend: embeddedBackend(predictor, contract),
    contract,
    model: { name: "churn", version: "7", threshold: predictor.threshold ?? 0.5 },
    feedback: { append: async () => undefined },
    retrain: async () => {
      runs += 1;
      return { runId: `run-${runs}` };
    },
    ...(keys === undefined ? {} : { keys }),
  });
  const server = await serveNode(app);
  servers.push(server);
  return server;
}

function schemathesis(server: RunningServer, ...more: string[]): Promise<{ code: number | null; output: string }> {
  const phases = ["--phases", "examples,coverage,fuzzing", "--max-examples", cases, "--seed", seed];
  const run = ["-m", "schemathesis.cli", "run", `${server.url}/openapi.json`, "--checks", "all"];
  return new Promise((resolve, reject) => {
    const child = spawn(python, [...run, ...phases, "--no-color", ...more], {
      cwd: folder,
      env: {
        ...process.env,
        PYTHONPATH: __dirname,
        PYTHONDONTWRITEBYTECODE: "1",
        SCHEMATHESIS_HOOKS: "schemathesis_hooks",
      },
    });
    let output = "";
    const take = (chunk: Buffer): void => {
      output += chunk;
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

/** Both at once: they are processes of their own. */
test(`schemathesis finds nothing in ${cases} generated requests a route, with every check it has, with keys and without`, async () => {
  const { keys } = await openKeys(join(folder, "keys"));
  const rights = { name: "judge", role: "operator", perMinute: 1_000_000, now: new Date() } as const;
  const { text } = await createKey(keys, rights);
  const outcomes = await Promise.all([
    schemathesis(await startServer()),
    schemathesis(await startServer(keys), "--header", `Authorization: Bearer ${text}`),
  ]);
  for (const { code, output } of outcomes) {
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    expect(output).toMatch(/Tested: 8\b/);
    // Routes without input have few requests that differ; those that take bodies have no end of them.
    const generated = Number(/(\d+) generated/.exec(output)?.[1]?.replaceAll(",", ""));
    expect(generated).toBeGreaterThan(4 * Number(cases));
  }
}, 1_800_000);
