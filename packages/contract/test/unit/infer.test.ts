import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import * as api from "@sagewright/contract";
import { collectRows, contractSource, DataSetError, type Inferred, inferContract } from "@sagewright/contract";

/** 120 customers; `extra` adds columns by row number. */
function customers(extra: Readonly<Record<string, (row: number) => string>> = {}, end = "\n", separator = ","): string {
  const names = ["tenure", "fee", "plan", "churn", ...Object.keys(extra)];
  const rows = Array.from({ length: 120 }, (_, row) => [
    String((row * 7) % 60),
    String(((row * 13) % 100) / 2),
    ["basic", "gold", "silver"][row % 3] ?? "",
    row % 4 === 0 ? "yes" : "no",
    ...Object.values(extra).map((make) => make(row)),
  ]);
  return [names, ...rows].map((fields) => fields.join(separator)).join(end);
}

const roles = ({ contract }: Inferred) => ({
  id: contract.id,
  ignore: contract.ignore,
  columns: contract.columns.map((column) => `${column.name}: ${column.type}`),
});
const finding = (inferred: Inferred, column: string) => inferred.findings.find((each) => each.column === column);

describe("inferContract", () => {
  test("finds types, ranges with slack, categories and the positive answer", async () => {
    const { contract, findings } = await inferContract(customers(), { target: "churn" });
    expect(contract.toJSON()).toMatchObject({
      name: "churn",
      target: { column: "churn", kind: "binary", positive: ["yes"], negative: ["no"] },
      columns: [
        { name: "tenure", type: "integer", minimum: 0, maximum: 120 },
        { name: "fee", type: "number", minimum: 0, maximum: 99 },
        { name: "plan", type: "category", categories: ["basic", "gold", "silver"], unknown: "refuse" },
      ],
      segments: ["plan"],
    });
    expect(findings.map((each) => each.message)).toEqual([
      'churn: "yes" is the positive answer (by its meaning); 30 of 120 rows, 25.0 %. Give another one with --positive.',
    ]);
  });

  test.each([
    ["\r\n", ","],
    ["\n", ";"],
    ["\r\n", "\t"],
    ["\r", "|"],
  ])("reads line end %j and separator %j alike", async (end, separator) => {
    const plain = await inferContract(customers(), { target: "churn" });
    const other = await inferContract(Buffer.from(`\ufeff${customers({}, end, separator)}`), { target: "churn" });
    expect(other.contract.toJSON()).toEqual(plain.contract.toJSON());
  });

  test("takes one customer id as the id and leaves other identifiers out, with reasons", async () => {
    const csv = customers({
      "": (row) => String(row),
      rownames: (row) => String(row + 1),
      CustomerId: (row) => String(15_600_000 + ((row * 7919) % 99_991)),
      uuid: (row) => `a${row}-x`,
      "Phone Number": (row) => `555-${1000 + row}`,
    });
    const inferred = await inferContract(csv, { target: "churn" });
    expect(roles(inferred)).toEqual({
      id: ["CustomerId"],
      ignore: ["rownames", "uuid", "Phone Number"],
      columns: ["tenure: integer", "fee: number", "plan: category"],
    });
    expect(finding(inferred, "")?.code).toBe("left_out_unnamed");
    expect(finding(inferred, "rownames")?.code).toBe("left_out_row_number");
    expect(finding(inferred, "Phone Number")?.message).toBe(
      "Phone Number: left out, because it identifies rows: 120 different values in 120 rows. Use it all the same with --keep 'Phone Number'.",
    );
  });

  test("leaves out what gives the answer away, and says how well", async () => {
    const csv = customers({
      churned_flag: (row) => (row % 4 === 0 ? "1" : "0"),
      reason: (row) => (row % 4 === 0 ? ["price", "service"][row % 8 === 0 ? 1 : 0] : "") ?? "",
      score: (row) => String(row % 4 === 0 ? 80 + (row % 15) : 20 + (row % 50)),
      half: (row) => String(row % 4 === 0 && row % 8 === 0 ? 1 : row % 2),
    });
    const inferred = await inferContract(csv, { target: "churn" });
    expect(roles(inferred).ignore).toEqual(["churned_flag", "reason", "score"]);
    expect(finding(inferred, "churned_flag")?.message).toContain("it says the same as churn in every row");
    expect(finding(inferred, "reason")?.facts).toEqual({ auc: 1 });
    expect(finding(inferred, "score")?.code).toBe("left_out_leak");
    expect(roles(inferred).columns).toContain("half: boolean");
  });

  test("keeps what it is told to keep", async () => {
    const csv = customers({
      score: (row) => String(row % 4 === 0 ? 80 + (row % 15) : 20 + (row % 50)),
      note: (row) => `n${row}`,
    });
    const inferred = await inferContract(csv, { target: "churn", keep: ["score", "note"] });
    expect(roles(inferred).columns).toEqual([
      "tenure: integer",
      "fee: number",
      "plan: category",
      "score: integer",
      "note: category",
    ]);
    expect(finding(inferred, "score")?.code).toBe("kept");
  });

  test("leaves out dates, free text, constants and empty columns", async () => {
    const csv = customers({
      joined: (row) => `2024-0${1 + (row % 9)}-1${row % 10}`,
      comment: (row) => `word${row % 70} and more`,
      country: () => "DE",
      nothing: (row) => (row % 2 ? "NA" : ""),
      price: (row) => `"$1,${100 + row}.00"`,
    });
    const inferred = await inferContract(csv, { target: "churn" });
    expect(roles(inferred).ignore).toEqual(["joined", "comment", "country", "nothing", "price"]);
    expect(inferred.findings.map((each) => each.code)).toEqual([
      "target_positive",
      "left_out_date",
      "left_out_text",
      "left_out_constant",
      "left_out_empty",
      "left_out_text",
    ]);
    expect(finding(inferred, "price")?.message).toBe(
      'price: left out, because its values look like numbers with separators, signs or units, such as "$1,100.00"; write plain numbers. Use it all the same with --keep price.',
    );
  });

  test("takes a common None in a text column for an answer, elsewhere for a gap", async () => {
    const offer = (row: number) => ["None", "A", "B"][row % 3] ?? "";
    const text = await inferContract(customers({ offer }), { target: "churn" });
    expect(text.contract.columns.at(-1)).toMatchObject({ categories: ["A", "B", "None"] });
    expect(text.contract.missing).not.toContain("None");
    expect(finding(text, "offer")?.code).toBe("marker_as_category");
    const numbers = customers({ offer, score: (row) => (row % 5 ? String(row % 9) : "None") });
    const both = await inferContract(numbers, { target: "churn" });
    expect(both.contract.columns.at(-2)).toMatchObject({ categories: ["A", "B"] });
    expect(both.findings.at(-1)?.message).toBe(
      'Read as "no value" and imputed: "None" in "offer" and "score". Edit "missing" in the contract if one of them is an answer.',
    );
  });

  test("says so when there are more rows than it looks at", async () => {
    const inferred = await inferContract(customers(), { target: "churn", maximumRows: 100 });
    expect([inferred.rows, inferred.findings[0]?.code]).toEqual([100, "sampled"]);
  });

  test("knows missing markers, spellings of yes and no, and text numbers", async () => {
    const csv = customers({
      a: (row) => ["?", "1.5", "-2", "n/a"][row % 4] ?? "",
      b: (row) => ["Yes", "no", "", "YES", "no"][row % 5] ?? "",
      "with space": (row) => `" ${row % 9} "`,
      calls: (row) => String(row % 2),
      card: (row) => String(row % 2),
    });
    const { contract } = await inferContract(csv, { target: "churn" });
    expect(contract.missing).toContain("n/a");
    expect(contract.columns.slice(3)).toEqual([
      { name: "a", type: "number", minimum: -5.5, maximum: 5 },
      { name: "b", type: "boolean", true: ["YES", "Yes"], false: ["no"] },
      { name: "with space", type: "integer", minimum: 0, maximum: 16 },
      { name: "calls", type: "integer", minimum: 0, maximum: 2 },
      { name: "card", type: "boolean", true: ["1"], false: ["0"] },
    ]);
  });

  test("points out mistakes among numbers, rare categories and look-alikes", async () => {
    const csv = customers({
      age: (row) => (row === 50 ? "forty" : String(20 + (row % 40))),
      city: (row) => (row < 3 ? `Rare${row}` : ["Rome", "rome", "Oslo"][row % 3]) ?? "",
    });
    const inferred = await inferContract(csv, { target: "churn" });
    expect(inferred.findings.map(({ code, column }) => [code, column])).toEqual([
      ["target_positive", "churn"],
      ["odd_values", "age"],
      ["similar_categories", "city"],
      ["open_category", "city"],
    ]);
    const { quarantine } = await collectRows(inferred.contract, csv);
    expect(quarantine.map(({ line, problems }) => [line, problems[0].code])).toEqual([[52, "not_a_number"]]);
  });

  test.each([
    ["0", "1", ["1"], "by its meaning"],
    ["1", "2", ["2"], "the larger number"],
    ["false", "TRUE", ["TRUE"], "by its meaning"],
    ["Existing Customer", "Attrited Customer", ["Attrited Customer"], "by its meaning"],
    ["nein", "ja", ["ja"], "by its meaning"],
    ["no", "Dropped", ["Dropped"], "because the other one means no"],
    ["blue", "red", ["red"], "the rarer value"],
  ])("chooses between %s and %s", async (common, rare, positive, why) => {
    const csv = customers().replaceAll(",yes", `,${rare}`).replaceAll(",no", `,${common}`);
    const inferred = await inferContract(csv, { target: "churn" });
    expect(inferred.contract.target).toMatchObject({ positive });
    expect(inferred.findings[0]?.facts).toMatchObject({ why });
  });

  test("takes the positive value it is given, in all its spellings", async () => {
    const csv = customers().replace(",no", ",No");
    const { contract } = await inferContract(csv, { target: "churn", positive: "no" });
    expect(contract.target).toEqual({ column: "churn", kind: "binary", positive: ["no", "No"], negative: ["yes"] });
  });

  test("makes a regression of many numbers", async () => {
    const csv = customers({ value: (row) => String(row * 3.7 + 1), same: (row) => String(row * 7.4) });
    const inferred = await inferContract(csv, { target: "value" });
    expect(inferred.contract.target).toEqual({ column: "value", kind: "regression", minimum: 0 });
    expect(finding(inferred, "same")?.code).toBe("left_out_leak");
  });

  test.each([
    [
      "no such target",
      customers(),
      "gone",
      "column_missing",
      'The file has no column "gone"; it has "tenure", "fee", "plan" and "churn". Give names from the header.',
    ],
    [
      "a target in other letters",
      customers(),
      "Churn",
      "column_missing",
      'The file has no column "Churn"; it has "tenure", "fee", "plan" and "churn". Did you mean "churn"?',
    ],
    [
      "one class",
      customers().replaceAll(",yes", ",no"),
      "churn",
      "target_one_class",
      'The file: the target "churn" has only the value "no". There is nothing to tell apart: give data with both outcomes.',
    ],
    [
      "a third value",
      customers().replace(",no", ",maybe"),
      "churn",
      "target_unknown",
      'The file: the target "churn" has 3 values, "no" (89), "yes" (30), "maybe" (1), and two are needed. Remove or correct the rows with the others, or choose another target.',
    ],
    [
      "no answers",
      customers().replaceAll(",yes", ",").replaceAll(",no", ","),
      "churn",
      "target_empty",
      'The file: the target "churn" has no value in any row. Give labelled data.',
    ],
    ["no bytes", "", "churn", "file_empty", "The file is empty. Give a CSV file with a header line and rows."],
    [
      "only a header",
      "a,churn\n",
      "churn",
      "no_rows",
      "The file has a header but no rows. Give a CSV with a header line and rows.",
    ],
    [
      "nothing to learn from",
      "a,churn\n1,yes\n1,no\n",
      "churn",
      "no_features",
      'The file: no column is left to learn from. Left out: "a". Name one with --keep.',
    ],
  ])("refuses %s", async (_, csv, target, code, message) => {
    await expect(inferContract(csv, { target })).rejects.toEqual(expect.objectContaining({ code, message }));
  });

  test.each([
    [
      "a workbook",
      Buffer.from("PK\u0003\u0004\u0000\u0000"),
      "file_binary",
      "data.csv is a zip archive or an Excel workbook. Export the table as CSV in UTF-8.",
    ],
    [
      "Latin-1",
      Buffer.from("a,churn\nK\xf6ln,yes\n", "latin1"),
      "not_utf8",
      "data.csv is not UTF-8: line 2 holds bytes that no UTF-8 text has. Save the file in UTF-8.",
    ],
  ])("refuses %s", async (_, bytes, code, message) => {
    const refused = inferContract(bytes, { target: "churn", file: "data.csv" });
    await expect(refused).rejects.toBeInstanceOf(DataSetError);
    await expect(refused).rejects.toEqual(expect.objectContaining({ code, message }));
  });
});

describe("contractSource", () => {
  test("prints a file that defines the same contract", async () => {
    const csv = customers({
      'a "quoted" name': (row) => String(row % 5),
      city: (row) => (row < 30 ? `Town ${row}` : "Rome"),
      id: (row) => `c${row}`,
      joined: () => "2024-01-01",
    });
    const { contract } = await inferContract(csv, { target: "churn" });
    const source = contractSource(contract, { header: ["Made by a test."] });
    expect(source.split("\n")[0]).toBe("// Made by a test.");
    const body = source
      .replace(/^\/\/.*\n/, "")
      .replace(/^import .*\n/, "")
      .replace("export const contract =", "return");
    const evaluate = new Function(...Object.keys(api), body) as (...values: unknown[]) => api.Contract;
    expect(evaluate(...Object.values(api)).toJSON()).toEqual(contract.toJSON());
  });
});

const folder = process.env.SAGEWRIGHT_TEST_DATA ?? join(__dirname, "../../../../../shared/data");

describe("real data sets", () => {
  const sets = [
    {
      file: "bank_churn.csv",
      target: "Exited",
      id: ["CustomerId"],
      ignore: ["RowNumber", "Surname"],
      columns: 10,
      read: 10_000,
      refused: {},
    },
    {
      file: "bank_churn_dirty.csv",
      target: "Exited",
      id: ["CustomerId"],
      ignore: ["RowNumber", "Surname"],
      columns: 10,
      read: 10_002,
      refused: { duplicate_id: 2, duplicate_row: 1 },
    },
    { file: "telecom_churn.csv", target: "churn", id: [], ignore: ["rownames"], columns: 19, read: 5_000, refused: {} },
    {
      file: "subscription_churn.csv",
      target: "Churn",
      id: ["CustomerID"],
      ignore: [],
      columns: 10,
      read: 64_374,
      refused: {},
    },
    {
      file: "insurance_clv.csv",
      target: "Customer Lifetime Value",
      id: ["Customer"],
      ignore: ["Effective To Date"],
      columns: 21,
      read: 9_134,
      refused: {},
    },
  ];
  if (!existsSync(folder))
    process.stdout.write(`The real data sets are not at ${folder}: only the data-free tests ran.\n`);

  test.each(existsSync(folder) ? sets : [])("$file", async ({ file, target, id, ignore, columns, read, refused }) => {
    const path = join(folder, file);
    const { contract } = await inferContract(createReadStream(path), { target, file });
    expect({ id: contract.id, ignore: contract.ignore, columns: contract.columns.length }).toEqual({
      id,
      ignore,
      columns,
    });
    const checked = await collectRows(contract, createReadStream(path));
    expect({ read: checked.read, byCode: checked.byCode }).toEqual({ read, byCode: refused });
  });
});
