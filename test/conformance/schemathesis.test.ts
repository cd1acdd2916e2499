import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readContract } from "@sagewright/contract";
import { loadPredictor } from "@sagewright/predictor";
import { createApi, embeddedBackend, type RunningServer, serveNode } from "@sagewright/serving";

/** A Python that has schemathesis in the version of requirements.txt. */
const python = process.env.SAGEWRIGHT_TEST_PYTHON ?? "python3";
const root = join(__dirname, "../..");
/** Generated requests for every route; SAGEWRIGHT_API_CASES=2000 is the full measure. */
const cases = process.env.SAGEWRIGHT_API_CASES ?? "200";
const seed = "1";

const folder = mkdtempSync(join(tmpdir(), "sagewright-schemathesis-"));
let server: RunningServer;
let runs = 0;

beforeAll(async () => {
  const fixture = (name: string): Buffer => readFileSync(join(root, "packages/serving/test/unit/fixtures", name));
  const contract = readContract(fixture("binary.contract.json").toString());
  const predictor = loadPredictor(fixture("binary.safetensors"));
  const app = createApi({
    backend: embeddedBackend(predictor, contract),
    contract,
    model: { name: "churn", version: "7", threshold: predictor.threshold ?? 0.5 },
    feedback: { append: async () => undefined },
    retrain: async () => {
      runs += 1;
      return { runId: `run-${runs}` };
    },
  });
  server = await serveNode(app);
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function schemathesis(): Promise<{ code: number | null; output: string }> {
  const phases = ["--phases", "examples,coverage,fuzzing", "--max-examples", cases, "--seed", seed];
  const args = [
    "-m",
    "schemathesis.cli",
    "run",
    `${server.url}/openapi.json`,
    "--checks",
    "all",
    ...phases,
    "--no-color",
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, {
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

describe("schemathesis against the prediction API", () => {
  test(`finds nothing in ${cases} generated requests a route, with every check it has`, async () => {
    const { code, output } = await schemathesis();
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    expect(output).toMatch(/Tested: 8\b/);
  }, 900_000);
});
