import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, jobPython, root, scratchFolders, testData } from "../support/cli";

/** The churn product on real data, through the command line, checked against plain scikit-learn. */
interface RunResult {
  pipeline: string;
  execution: string;
  status: string;
  gate: "passed" | "refused" | null;
  metrics: Record<string, number>;
  quarantined: number | null;
  warnings: { code: string; message: string }[];
  modelPackage: string | null;
  seconds: number;
}

jest.setTimeout(300_000);

const newFolder = scratchFolders();
const state = newFolder();
const run = (...args: string[]) => cli(["run", "churn", "--json", "--state", state, ...args]);

describe("the telecom customers", () => {
  let first: RunResult;

  beforeAll(async () => {
    const { code, json, stderr } = await run();
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    first = json<RunResult>();
  });

  test("pass the gate and are registered", () => {
    expect(first).toMatchObject({ pipeline: "churn-training", status: "Succeeded", gate: "passed", quarantined: 0 });
    expect(first.modelPackage).toMatch(/:model-package\/churn\/1$/);
    expect(first.metrics.roc_auc).toBeGreaterThan(0.88);
    expect(first.metrics.roc_auc_low).toBeLessThan(first.metrics.roc_auc ?? 0);
  });

  test("score as a plain scikit-learn forest does on the same split", () => {
    const plain = Number(
      execFileSync(
        jobPython,
        [join(root, "test/e2e/plain_forest.py"), state, first.execution.split("/").at(-1) ?? ""],
        { encoding: "utf8" },
      ),
    );
    expect(plain).toBeGreaterThanOrEqual(first.metrics.roc_auc_low ?? 1);
    expect(plain).toBeLessThanOrEqual(first.metrics.roc_auc_high ?? 0);
  });

  test("are not trained on twice: a second run takes every step from the cache", async () => {
    const second = (await run()).json<RunResult>();
    expect(second.metrics).toEqual(first.metrics);
    const explained = (await cli(["runs", "explain", "last", "--json", "--state", state])).json<{
      steps: { step: string; result: string }[];
    }>();
    expect(explained.steps.filter((step) => step.result === "hit").map((step) => step.step)).toEqual([
      "Prepare",
      "Tune",
      "Evaluate",
    ]);
  });

  test("are prepared again, and it is said why, when the data changed", async () => {
    const lines = readFileSync(join(state, "data", "modeldata.mlc_churn.csv"), "utf8").split("\n");
    const shorter = join(newFolder(), "customers.csv");
    writeFileSync(shorter, lines.slice(0, 2001).join("\n"));
    await run("--data", shorter);
    const { steps } = (await cli(["runs", "explain", "last", "--json", "--state", state])).json<{
      steps: { step: string; result: string; reason: string; changed: { path: string }[] }[];
    }>();
    const prepare = steps.find((step) => step.step === "Prepare");
    expect(prepare).toMatchObject({ result: "miss", changed: [{ path: "ProcessingInputs[2].S3Input.S3Uri" }] });
    expect(steps.find((step) => step.step === "Tune")?.reason).toBe("it reads new output of Prepare");
  });

  test("give the same artefacts from the same seed in another state folder", async () => {
    const other = newFolder();
    const again = (await cli(["run", "churn", "--json", "--state", other])).json<RunResult>();
    expect(again.metrics).toEqual(first.metrics);
    const digest = async (folder: string) =>
      (await cli(["models", "show", "churn/1", "--json", "--state", folder])).json<{ manifestSha256: string }>()
        .manifestSha256;
    expect(await digest(other)).toBe(await digest(state));
  });
});

describe("a gate that is not met", () => {
  test("ends with code 4, both figures, and nothing registered", async () => {
    const folder = newFolder();
    const { code, json } = await cli(["run", "churn", "--json", "--state", folder, "--set", "MinimumAuc=0.999"]);
    const result = json<RunResult>();
    expect({ code, gate: result.gate, modelPackage: result.modelPackage }).toEqual({
      code: 4,
      gate: "refused",
      modelPackage: null,
    });
    const shown = await cli(["runs", "show", "last", "--state", folder]);
    expect(shown.stdout).toMatch(/ROC AUC 0\.\d+ is below the minimum of 0\.999/);
    expect((await cli(["models", "list", "--json", "--state", folder])).json<{ models: unknown[] }>().models).toEqual(
      [],
    );
  });
});

const withData = testData === undefined ? describe.skip : describe;

withData("the other contracts", () => {
  test("bank: AUC of at least 0.84", async () => {
    const folder = newFolder();
    const { code, json } = await cli([
      "run",
      "churn",
      "--json",
      "--state",
      folder,
      "--contract",
      "bank",
      "--data",
      join(testData ?? "", "bank_churn.csv"),
    ]);
    expect(code).toBe(0);
    expect(json<RunResult>().metrics.roc_auc).toBeGreaterThanOrEqual(0.84);
  });

  test("bank, dirty: the bad rows are put aside, the rest is learnt from", async () => {
    const folder = newFolder();
    const { code, json } = await cli([
      "run",
      "churn",
      "--json",
      "--state",
      folder,
      "--contract",
      "bank",
      "--data",
      join(testData ?? "", "bank_churn_dirty.csv"),
    ]);
    expect(code).toBe(0);
    expect(json<RunResult>().quarantined).toBeGreaterThanOrEqual(2);
  });

  test("subscription: too good to be true raises the leakage warning", async () => {
    const folder = newFolder();
    const { json } = await cli([
      "run",
      "churn",
      "--json",
      "--state",
      folder,
      "--contract",
      "subscription",
      "--data",
      join(testData ?? "", "subscription_churn.csv"),
    ]);
    expect(json<RunResult>().warnings.map((warning) => warning.code)).toContain("leakage_model");
  });
});
