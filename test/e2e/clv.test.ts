import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { cli, jobPython, root, scratchFolders, testData } from "../support/cli";

/** The lifetime value product on real data, through the command line, checked against plain scikit-learn. */
interface RunResult {
  execution: string;
  status: string;
  gate: "passed" | "refused" | null;
  metrics: Record<string, number>;
  quarantined: number | null;
  modelPackage: string | null;
}

interface PlainFigures {
  rows: number[];
  r2: number;
  mae: number;
  baseline_mae: number;
  seen: number;
}

jest.setTimeout(300_000);

if (testData === undefined) console.warn("the lifetime value product is not tried: there is no insurance_clv.csv");
const withData = testData === undefined ? describe.skip : describe;

withData("the insurance customers", () => {
  const newFolder = scratchFolders();
  const state = newFolder();
  const run = (...args: string[]) =>
    cli(["run", "clv", "--data", join(testData ?? "", "insurance_clv.csv"), "--json", "--state", state, ...args]);
  let result: RunResult;

  beforeAll(async () => {
    const { code, json, stderr } = await run();
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    result = json<RunResult>();
  });

  test("pass the gate and are registered", () => {
    expect(result).toMatchObject({ status: "Succeeded", gate: "passed", quarantined: 0 });
    expect(result.modelPackage).toMatch(/:model-package\/clv\/1$/);
    expect(result.metrics.r2).toBeGreaterThan(0.6);
    expect(result.metrics.mae_high).toBeLessThan(result.metrics.baseline_mae ?? 0);
  });

  test("are valued as a plain scikit-learn forest values them on the same split, which training has not seen", () => {
    const execution = result.execution.split("/").at(-1) ?? "";
    const args = [join(root, "test/e2e/clv_plain.py"), state, execution];
    const plain = JSON.parse(execFileSync(jobPython, args, { encoding: "utf8" })) as PlainFigures;
    const { r2_low, r2_high, mae_low, mae_high, baseline_mae } = result.metrics;
    expect(plain.rows.reduce((sum, rows) => sum + rows, 0)).toBe(9134);
    expect(plain.seen).toBe(0);
    expect(plain.r2).toBeGreaterThanOrEqual(r2_low ?? 1);
    expect(plain.r2).toBeLessThanOrEqual(r2_high ?? 0);
    expect(plain.mae).toBeGreaterThanOrEqual(mae_low ?? Infinity);
    expect(plain.mae).toBeLessThanOrEqual(mae_high ?? 0);
    expect(plain.baseline_mae).toBeCloseTo(baseline_mae ?? 0, 6);
  });

  test("are refused with all figures when more is asked for", async () => {
    const { code, json } = await run("--set", "MinimumR2=0.99");
    expect({ code, gate: json<RunResult>().gate }).toEqual({ code: 4, gate: "refused" });
    const shown = await cli(["runs", "show", "last", "--state", state]);
    expect(shown.stdout).toMatch(/R2 0\.\d+ is below the minimum of 0\.99, or the mean absolute error \d+/);
  });
});
