import {
  boolean,
  category,
  checkRow,
  checkRows,
  checkTextRow,
  collectRows,
  defineContract,
  integer,
  number,
  parseRow,
  parseTextRow,
  RowInvalidError,
  rowChecker,
  rowSchema,
} from "@sagewright/contract";

const contract = defineContract({
  name: "rows",
  id: ["customer"],
  ignore: ["surname"],
  target: { column: "churn", positive: "yes", negative: "no" },
  columns: {
    plan: category(["basic", "415"]),
    mood: category(["good"], { unknown: "ignore" }),
    active: boolean({ true: ["yes", "1"], false: ["no", "0"] }),
    age: integer({ minimum: 18, maximum: 99, unit: "years", required: true }),
    spend: number({ minimum: 0 }),
  },
});

const good = { plan: "basic", mood: "good", active: true, age: 30, spend: 1.5 };

describe("a row of JSON values", () => {
  test("gives canonical values in model order", () => {
    const { spend, ...others } = good;
    const check = checkRow(contract, { spend, customer: "x1", surname: "Hill", ...others });
    expect(check).toEqual({ ok: true, values: { plan: "basic", mood: "good", active: 1, age: 30, spend: 1.5 } });
    expect(check.ok && Object.keys(check.values)).toEqual(["plan", "mood", "active", "age", "spend"]);
  });

  test.each([
    ["a listed text", { active: "no" }, { active: 0 }],
    ["the number a listed text is", { active: 1, plan: 415 }, { active: 1, plan: "415" }],
    [
      "null for what is not known",
      { plan: null, mood: null, active: null, spend: null },
      { plan: null, mood: null, active: null, spend: null },
    ],
    ["any text of an open category", { mood: "sour" }, { mood: "sour" }],
    ["a missing marker of an open category", { mood: "?" }, { mood: null }],
    ["a whole number with a point", { age: 30.0 }, { age: 30 }],
    ["the ends of a range", { age: 18, spend: 0 }, { age: 18, spend: 0 }],
  ])("takes %s", (_, change, values) => {
    expect(checkRow(contract, { ...good, ...change })).toEqual({ ok: true, values: { ...good, active: 1, ...values } });
  });

  test.each([
    [
      "text for a number",
      { age: "30" },
      "not_a_number",
      'age: "30" is not a number. Give a whole number from 18 to 99 (years).',
    ],
    ["NaN", { spend: Number.NaN }, "not_a_number", "spend: NaN is not a number. Give a number of at least 0."],
    [
      "Infinity",
      { spend: Number.POSITIVE_INFINITY },
      "not_a_number",
      "spend: Infinity is not a number. Give a number of at least 0.",
    ],
    [
      "a fraction",
      { age: 30.5 },
      "not_an_integer",
      "age: 30.5 is not a whole number. Give a whole number from 18 to 99 (years).",
    ],
    [
      "too little",
      { age: 17 },
      "below_minimum",
      "age: 17 is below the minimum. Give a whole number from 18 to 99 (years).",
    ],
    [
      "too much",
      { age: 100 },
      "above_maximum",
      "age: 100 is above the maximum. Give a whole number from 18 to 99 (years).",
    ],
    [
      "null where a value is required",
      { age: null },
      "required_missing",
      "age: null is missing, and the column is required. Give a whole number from 18 to 99 (years).",
    ],
    [
      "another spelling",
      { active: "Yes" },
      "not_a_boolean",
      'active: "Yes" is neither true nor false. Give true or false, or "yes", "1", "no" and "0".',
    ],
    [
      "another number",
      { active: 2 },
      "not_a_boolean",
      'active: 2 is neither true nor false. Give true or false, or "yes", "1", "no" and "0".',
    ],
    [
      "an unknown category",
      { plan: "tin" },
      "unknown_category",
      'plan: "tin" is not a known category. Give one of "basic" and "415".',
    ],
    [
      "blanks round a category",
      { plan: " basic" },
      "unknown_category",
      'plan: " basic" is not a known category. Give one of "basic" and "415".',
    ],
    [
      "an object",
      { plan: { a: 1 } },
      "unknown_category",
      'plan: an object is not a known category. Give one of "basic" and "415".',
    ],
    ["undefined", { spend: undefined }, "not_a_number", "spend: nothing is not a number. Give a number of at least 0."],
    [
      "a field of another name",
      { colour: "red" },
      "field_unexpected",
      "colour: this field is not a column of the contract. Remove it, or correct its name.",
    ],
    [
      "the target",
      { churn: "yes" },
      "field_unexpected",
      "churn: this field is what the model predicts. Remove it, or correct its name.",
    ],
  ])("refuses %s", (_, change, code, message) => {
    const [column] = Object.keys(change);
    const check = checkRow(contract, { ...good, ...change });
    expect(check).toEqual({ ok: false, problems: [expect.objectContaining({ code, column, message })] });
  });

  test("names every bad field of one row", () => {
    const check = checkRow(
      contract,
      JSON.parse('{"plan":"tin","active":1,"spend":-1,"__proto__":{"age":30},"constructor":1}'),
    );
    const codes = check.ok ? [] : check.problems.map(({ code, column }) => [code, column]);
    expect(codes).toEqual([
      ["unknown_category", "plan"],
      ["field_missing", "mood"],
      ["field_missing", "age"],
      ["below_minimum", "spend"],
      ["field_unexpected", "__proto__"],
      ["field_unexpected", "constructor"],
    ]);
  });

  test("does not read inherited members", () => {
    const check = checkRow(contract, Object.create(good));
    expect(check).toEqual({ ok: false, problems: Array(5).fill(expect.objectContaining({ code: "field_missing" })) });
  });

  test.each([[null], [[]], ["text"], [5], [undefined]])("refuses %p as a row", (row) => {
    expect(checkRow(contract, row)).toEqual({
      ok: false,
      problems: [expect.objectContaining({ code: "not_an_object" })],
    });
  });

  test("throws all problems on request", () => {
    expect(parseRow(contract, good)).toEqual({ ...good, active: 1 });
    expect(() => parseRow(contract, { ...good, age: 1, plan: 2 })).toThrow(RowInvalidError);
    expect(() => parseRow(contract, { ...good, age: 1 })).toThrow(
      "age: 1 is below the minimum. Give a whole number from 18 to 99 (years).",
    );
  });

  test("is compiled once a contract", () => expect(rowChecker(contract)).toBe(rowChecker(contract)));
});

describe("a row of CSV fields", () => {
  test("is trimmed, and an absent column is missing", () => {
    const check = checkTextRow(contract, { plan: " basic ", active: "1", age: "3e1", spend: "NA" });
    expect(check).toEqual({ ok: true, values: { plan: "basic", mood: null, active: 1, age: 30, spend: null } });
  });

  test("throws all problems on request", () => {
    expect(() => parseTextRow(contract, { age: "old" })).toThrow(
      'age: "old" is not a number. Give a whole number from 18 to 99 (years).',
    );
  });
});

describe("rowSchema", () => {
  test("parses what checkRow accepts into the same values", () => {
    expect(rowSchema(contract).parse(good)).toEqual(parseRow(contract, good));
  });

  test("has an issue per problem, with the column as its path", () => {
    const parsed = rowSchema(contract).safeParse({ ...good, age: 1, x: 2 });
    expect(parsed.error?.issues.map(({ path, message }) => [path, message])).toEqual([
      [["age"], "age: 1 is below the minimum. Give a whole number from 18 to 99 (years)."],
      [["x"], "x: this field is not a column of the contract. Remove it, or correct its name."],
    ]);
  });
});

describe("checkRows without a target", () => {
  const header = "plan,mood,active,age,spend\n";

  test("needs neither target nor ids, and looks for no duplicates", async () => {
    const checked = await collectRows(contract, `${header}basic,good,yes,30,1\nbasic,good,yes,30,1\n`, {
      target: false,
    });
    expect(checked.rows.map(({ line, target }) => [line, target])).toEqual([
      [2, undefined],
      [3, undefined],
    ]);
  });

  test("gives the quarantine even when nothing is left", async () => {
    const checked = await collectRows(contract, `${header}tin,good,yes,1,1\n`, { target: false });
    expect(checked).toMatchObject({ read: 1, accepted: 0, quarantined: 1, byCode: { unknown_category: 1 } });
    expect(checked.quarantine[0]?.problems.map(({ code, column }) => [code, column])).toEqual([
      ["unknown_category", "plan"],
      ["below_minimum", "age"],
    ]);
  });

  test("streams: a row is given before the source ends", async () => {
    async function* source(): AsyncGenerator<string> {
      yield `${header}basic,good,yes,30,1\n`;
      throw new Error("read too far");
    }
    const rows = checkRows(contract, source(), { target: false });
    expect((await rows.next()).value).toMatchObject({ ok: true, line: 2 });
    await expect(rows.next()).rejects.toThrow("read too far");
  });

  test.each([
    [
      "header_missing",
      "a,b\n1,2\n",
      'The first line of x.csv has none of the columns of contract rows; it reads "a" and "b". Give the file a header line, or use the contract that describes it.',
    ],
    [
      "column_missing",
      "plan,mood\n1,2\n",
      'x.csv lacks "active", "age" and "spend"; it has "plan" and "mood". Add the column, or change the contract.',
    ],
    [
      "header_duplicate",
      "plan,plan\n1,2\n",
      'x.csv has more than one column called "plan". Rename or remove the repeated columns.',
    ],
    ["no_rows", header, "x.csv has a header but no rows. Give rows."],
  ])("%s", async (code, csv, message) => {
    const refused = collectRows(contract, csv, { target: false, name: "x.csv" });
    await expect(refused).rejects.toEqual(expect.objectContaining({ code, message }));
  });
});
