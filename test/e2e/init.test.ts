import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, scratchFolders, testData } from "../support/cli";
import { customers, type RunDocument, shrink, withColumn } from "../support/tiny-product";

/** A contract and a pipeline from whatever CSV people have, in any folder. */
jest.setTimeout(240_000);

const newFolder = scratchFolders();
const lines = customers(300);
const text = (rows: readonly string[], end = "\n") => `${rows.join(end)}${end}`;

interface InitDocument {
  name: string;
  rows: number;
  files: string[];
  findings: { code: string; column?: string; message: string }[];
}

async function init(content: string | Uint8Array, ...more: string[]) {
  const folder = join(newFolder(), "my customers");
  mkdirSync(folder);
  writeFileSync(join(folder, "Data set.csv"), content);
  const words = ["init", "--data", "Data set.csv", "--target", "churn", "--name", "it", "--trials", "1", "--json"];
  const done = await cli([...words, ...more], { cwd: folder });
  const contract = () => readFileSync(join(folder, "pipelines/it/contract.ts"), "utf8");
  return { folder, contract, ...done };
}

const spelt = (yes: string, no: string) => text(withColumn(lines, "churn", (value) => (value === "yes" ? yes : no)));

const files: [string, string, RegExp][] = [
  ["a byte order mark", `\ufeff${text(lines)}`, /id: \["customer"\]/],
  ["CRLF", text(lines, "\r\n"), /positive: "yes", negative: "no"/],
  ["semicolons", text(lines).replaceAll(",", ";"), /tenure: integer\([\s\S]*charge: number\(/],
  ["tabs", text(lines).replaceAll(",", "\t"), /tenure: integer\([\s\S]*charge: number\(/],
  [
    "quoted newlines",
    text(withColumn(lines, "plan", (plan) => `"${plan}\nplan"`)),
    /category\(\["basic\\nplan", "premium\\nplan"\]/,
  ],
  [
    "blanks and markers",
    text(withColumn(lines, "tenure", (value, row) => ["", "?", "NA", "Unknown"][row % 40] ?? value)),
    /tenure: integer\(/,
  ],
  ["a header with spaces", text(lines).replace("tenure", "Months as customer"), /"Months as customer": integer\(/],
  ["true and false", spelt("true", "false"), /positive: "true", negative: "false"/],
  ["1 and 0", spelt("1", "0"), /positive: "?1"?, negative: "?0"?/],
  ["Yes and No", spelt("Yes", "No"), /positive: "Yes", negative: "No"/],
  ["numbers in quotes", text(withColumn(lines, "charge", (value) => `"${value}"`)), /charge: number\(/],
];

test.each(files)("%s", async (_, content, expected) => {
  const { code, stdout, contract } = await init(content);
  expect({ code, stdout: code === 0 ? "" : stdout }).toEqual({ code: 0, stdout: "" });
  expect(contract()).toMatch(expected);
});

test("the hardest of them trains, in a folder with a blank in its path", async () => {
  const messy = withColumn(
    withColumn(lines, "tenure", (value, row) => ["", "?", "NA", "Unknown"][row % 40] ?? ` ${value} `),
    "plan",
    (plan) => `"${plan}\r\nplan"`,
  );
  const { folder } = await init(
    `\ufeff${text(messy, "\r\n").replaceAll(",", ";").replace("charge", "charge a month")}`,
  );
  shrink(join(folder, "pipelines/it/pipeline.ts"));
  const { code, json } = await cli(["run", "it", "--json"], { cwd: folder });
  expect({ code, ...json<RunDocument>() }).toMatchObject({ code: 0, gate: "passed", quarantined: 0 });
});

test("columns that identify or give the answer away are left out and named; --keep overrules", async () => {
  const leaky = lines.map((line, row) => {
    const churn = line.split(",").at(-1);
    return row === 0 ? `row,${line},refund` : `${row},${line},${churn === "yes" ? 100 + (row % 7) : row % 5}`;
  });
  const { json } = await init(text(leaky));
  const found = json<InitDocument>().findings.map(({ code, column }) => `${column} ${code}`);
  expect(found).toEqual(
    expect.arrayContaining(["row left_out_row_number", "customer taken_as_id", "refund left_out_leak"]),
  );
  const kept = await init(text(leaky), "--keep", "refund");
  expect(kept.contract()).toMatch(/refund: integer\(/);
});

test("a regression target", async () => {
  const valued = lines.map((line, row) => {
    const [, tenure, plan] = line.split(",");
    return `${line},${row === 0 ? "value" : (Number(tenure) * 12.5 + (plan === "basic" ? 100 : 300) + (row % 17)).toFixed(2)}`;
  });
  const { folder, code } = await init(text(valued), "--target", "value");
  expect(code).toBe(0);
  shrink(join(folder, "pipelines/it/pipeline.ts"));
  const run = await cli(["run", "it", "--json"], { cwd: folder });
  expect({ code: run.code, ...run.json<RunDocument>() }).toMatchObject({ code: 0, gate: "passed" });
  expect(run.json<RunDocument>().metrics.r2).toBeGreaterThan(0.8);
});

describe("what init refuses, it names, and writes nothing", () => {
  const refused: [string, string | Uint8Array, string[], string, number][] = [
    ["a target that is not there", text(lines), ["--target", "chrn"], "column_missing", 3],
    ["a positive value that never occurs", text(lines), ["--positive", "ja"], "target_unknown", 3],
    [
      "three values of a target",
      text(withColumn(lines, "churn", (v, row) => (row % 9 === 0 ? "maybe" : v))),
      [],
      "target_unknown",
      3,
    ],
    ["one value of a target", spelt("no", "no"), [], "target_one_class", 3],
    ["an empty file", "", [], "file_empty", 3],
    ["a binary file", Uint8Array.from({ length: 999 }, (_, index) => index % 256), [], "file_binary", 3],
    ["a file in another encoding", Buffer.from(text(lines).replaceAll("basic", "bäsic"), "latin1"), [], "not_utf8", 3],
    ["a header alone", text(lines.slice(0, 1)), [], "no_rows", 3],
    ["a file that is not there", text(lines), ["--data", "nope.csv"], "data_not_found", 2],
    ["a name that SageMaker would refuse", text(lines), ["--name", "my customers"], "usage", 2],
    ["an id that is not there", text(lines), ["--id", "nope"], "column_missing", 3],
  ];

  test.each(refused)("%s", async (_, content, more, error, exitCode) => {
    const { code, json, contract } = await init(content, ...more);
    expect({ code, ...json<object>() }).toMatchObject({ code: exitCode, error: { code: error, exitCode } });
    expect(contract).toThrow("ENOENT");
  });

  test("a product that is there already", async () => {
    const { folder, contract } = await init(text(lines));
    const before = contract();
    const again = await cli(["init", "--data", "Data set.csv", "--target", "plan", "--name", "it", "--json"], {
      cwd: folder,
    });
    expect({ code: again.code, ...again.json<object>() }).toMatchObject({
      code: 2,
      error: { code: "pipeline_exists" },
    });
    expect(contract()).toBe(before);
  });
});

const withData = testData === undefined ? describe.skip : describe;

withData("the public data sets", () => {
  const sets: [string, string, string[], Partial<RunDocument>][] = [
    [
      "bank_churn",
      "Exited",
      ["RowNumber left_out_row_number", "CustomerId taken_as_id", "Surname left_out_text"],
      { quarantined: 0 },
    ],
    ["bank_churn_dirty", "Exited", ["Surname left_out_text"], { quarantined: 3 }],
    ["telecom_churn", "churn", ["rownames left_out_row_number"], { quarantined: 0 }],
    [
      "insurance_clv",
      "Customer Lifetime Value",
      ["Customer taken_as_id", "Effective To Date left_out_date"],
      { quarantined: 0 },
    ],
    ["subscription_churn", "Churn", ["CustomerID taken_as_id"], { quarantined: 0 }],
  ];

  test.each(sets)("%s", async (name, target, findings, expected) => {
    const folder = newFolder();
    const file = join(testData ?? "", `${name}.csv`);
    const made = await cli(["init", "--data", file, "--target", target, "--name", "it", "--trials", "1", "--json"], {
      cwd: folder,
    });
    const found = made.json<InitDocument>().findings.map(({ code, column }) => `${column} ${code}`);
    expect(found).toEqual(expect.arrayContaining(findings));
    shrink(join(folder, "pipelines/it/pipeline.ts"));
    const { code, json } = await cli(["run", "it", "--json"], { cwd: folder });
    expect({ code, ...json<RunDocument>() }).toMatchObject({ code: 0, gate: "passed", ...expected });
  });
});
