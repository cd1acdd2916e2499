import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, scratchFolders } from "../support/cli";
import { type RunDocument, type TinyProduct, tiny, tinyProduct, withColumn } from "../support/tiny-product";

/** Data that is wrong: a clear error or a quarantined row, and nothing lost. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
let product: TinyProduct;
let state: string;

beforeAll(async () => {
  product = await tinyProduct(newFolder());
  state = join(product.folder, "state");
});

async function runOn(content: string | Uint8Array, ...more: string[]) {
  const file = join(newFolder(), "given.csv");
  writeFileSync(file, content);
  const done = await cli(["run", tiny, "--data", file, "--json", "--state", state, ...more], { cwd: product.folder });
  return { ...done, result: done.json<RunDocument>() };
}

const text = (lines: readonly string[]) => `${lines.join("\n")}\n`;

describe("a data set that cannot be used ends the run with code 3, its reason, and no model", () => {
  const cases: [string, string, (lines: readonly string[]) => string | Uint8Array][] = [
    ["an empty file", "file_empty", () => ""],
    ["a binary file", "file_binary", () => Uint8Array.from({ length: 4096 }, (_, index) => index % 256)],
    [
      "a file in another encoding",
      "not_utf8",
      (lines) => Buffer.from(text(lines).replaceAll("basic", "bäsic"), "latin1"),
    ],
    ["a header without rows", "no_rows", (lines) => text(lines.slice(0, 1))],
    ["no target column", "column_missing", (lines) => text(lines).replace("churn", "left")],
    ["a missing column", "column_missing", (lines) => text(lines).replace("tenure", "months")],
    ["a column twice", "header_duplicate", (lines) => text(lines).replace("charge", "plan")],
    ["a target with one class", "target_one_class", (lines) => text(withColumn(lines, "churn", () => "no"))],
  ];

  test.each(cases)("%s: %s", async (_, code, content) => {
    const { code: exitCode, result } = await runOn(content(product.lines));
    expect(exitCode).toBe(3);
    expect(result).toMatchObject({ status: "Failed", gate: null, modelPackage: null, failures: [{ step: "Prepare" }] });
    expect(result.failures[0]?.reason).toContain(`${code}: given.csv`.replace("target_one_class: given.csv", code));
  });
});

test("bad rows are put aside with line and reason, the rest is learnt from, and no row is lost", async () => {
  const lines = [...product.lines];
  const fields = (row: number) => (lines[row] ?? "").split(",");
  lines[3] = fields(3).slice(0, 4).join(",");
  lines[5] = [...fields(5), "more"].join(",");
  lines[7] = fields(7).with(1, "twelve").join(",");
  lines[9] = fields(9).with(2, "gold").join(",");
  lines[11] = fields(11).with(4, "maybe").join(",");
  lines[13] = fields(13).with(4, "").join(",");
  lines[15] = fields(15).with(1, "-4").join(",");
  lines.push(lines[17] ?? "", fields(19).with(3, "1").join(","));
  const { code, result } = await runOn(text(lines));
  expect(code).toBe(0);
  const put = readFileSync(await quarantineFile(), "utf8")
    .trimEnd()
    .split("\n")
    .slice(1);
  const reasons = put
    .map((line) => line.split(",").slice(0, 2).join(" "))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  expect(reasons).toEqual([
    "4 field_count",
    "6 field_count",
    "8 not_a_number",
    "10 unknown_category",
    "12 target_unknown",
    "14 target_missing",
    "16 below_minimum",
    "20 duplicate_id",
    `${lines.length - 1} duplicate_row`,
    `${lines.length} duplicate_id`,
  ]);
  expect(result.quarantined).toBe(10);
  const log = await cli(["runs", "logs", "last", "--step", "Prepare", "--state", state], { cwd: product.folder });
  expect(log.stdout).toContain(`rows=${lines.length - 1} accepted=${lines.length - 11} quarantined=10`);
});

/** Where the summary for a person says the rows are. */
async function quarantineFile(): Promise<string> {
  const { stdout } = await cli(["runs", "show", "last", "--json", "--state", state], { cwd: product.folder });
  const { executionArn } = JSON.parse(stdout) as { executionArn: string };
  return join(state, "reports", `${executionArn.split("/").at(-1)}.quarantine.csv`);
}

test("a column that the contract does not know is ignored and named", async () => {
  const { code, result } = await runOn(
    text(product.lines.map((line, row) => `${line},${row === 0 ? "region" : "north"}`)),
  );
  expect(code).toBe(0);
  expect(result.warnings).toContainEqual({ code: "column_unexpected", message: expect.stringContaining("region") });
});

test("a data set without signal is refused by the gate: code 4, both figures, nothing registered", async () => {
  const fresh = join(newFolder(), "state");
  const shuffled = withColumn(product.lines, "churn", (_, row) => ((row * 7919) % 13 < 6 ? "yes" : "no"));
  const { code, result } = await runOn(text(shuffled), "--state", fresh);
  expect({ code, gate: result.gate, modelPackage: result.modelPackage }).toEqual({
    code: 4,
    gate: "refused",
    modelPackage: null,
  });
  expect(result.failures).toEqual([
    { step: "TooWeak", reason: `ROC AUC ${result.metrics.roc_auc} is below the minimum of 0.7` },
  ]);
  const { models } = (await cli(["models", "list", "--json", "--state", fresh])).json<{ models: unknown[] }>();
  expect(models).toEqual([]);
});

test("a gate that was missed is read with figures a person can compare", async () => {
  const { code, stdout } = await cli(["run", tiny, "--state", state, "--set", "MinimumAuc=0.9999", "--quiet"], {
    cwd: product.folder,
  });
  expect(code).toBe(4);
  expect(stdout).toMatch(
    /refused: nothing was registered\n✗ TooWeak {2}ROC AUC 0\.\d{3,4} is below the minimum of 0\.9999\n/,
  );
});

test("identical rows never straddle the splits", async () => {
  const folder = newFolder();
  const once = product.lines.map((line) => line.split(",").slice(1).join(","));
  writeFileSync(join(folder, "copies.csv"), text([...once, ...once.slice(1), ...once.slice(1, 100)]));
  const made = await cli(["init", "--data", "copies.csv", "--target", "churn", "--trials", "1"], { cwd: folder });
  expect(made.code).toBe(0);
  const run = (await cli(["run", "copies", "--json"], { cwd: folder })).json<RunDocument>();
  const splits = ["train", "validation", "test"].map((split) => {
    const prepared = join(
      "objects",
      bucket,
      "runs",
      "copies-training",
      run.execution.split("/").at(-1) ?? "",
      "Prepare",
    );
    const rows = readFileSync(join(folder, ".sagewright", prepared, split, `${split}.csv`), "utf8")
      .trimEnd()
      .split("\n");
    return new Set(rows.slice(1).map((row) => row.slice(0, row.lastIndexOf(","))));
  });
  const sizes = splits.map((rows) => rows.size);
  expect(Math.min(...sizes)).toBeGreaterThan(10);
  expect(new Set(splits.flatMap((rows) => [...rows])).size).toBe(sizes.reduce((sum, size) => sum + size, 0));
});

const bucket = "sagewright-us-east-1-000000000000";
