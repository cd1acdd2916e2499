import { loadPredictor, PredictorInputError } from "../../src/index";
import { changed, expected, fixture, rows } from "../support/fixtures";

const models = ["forest", "boosting", "logistic", "network"];

test.each(models)("%s answers what scikit-learn answered", (name) => {
  const predictor = loadPredictor(fixture(name));
  const difference = rows.map((row, index) => Math.abs(predictor.predictRow(row) - (expected[name]?.[index] ?? 0)));
  expect(Math.max(...difference)).toBeLessThanOrEqual(name === "forest" ? 0 : 1e-9);
});

test.each(models)("%s explains every row with contributions that add up", (name) => {
  const predictor = loadPredictor(fixture(name));
  for (const row of rows) {
    const { value, base, drivers } = predictor.explainRow(row);
    expect(value).toBe(predictor.predictRow(row));
    expect(drivers.map(({ feature }) => feature).sort()).toEqual(["charges", "paperless", "plan", "tenure"]);
    const sum = drivers.reduce((total, { contribution }) => total + contribution, base);
    expect(Math.abs(sum - value)).toBeLessThanOrEqual(1e-9);
    const sizes = drivers.map(({ contribution }) => Math.abs(contribution));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  }
});

test("describes the model and its columns", () => {
  const predictor = loadPredictor(fixture("forest"));
  expect(predictor.task).toBe("binary");
  expect(predictor.threshold).toBe(0.4);
  expect(predictor.estimator).toBe("RandomForestClassifier");
  expect(predictor.metadata).toEqual({ version: "7" });
  expect(predictor.columns).toEqual([
    { name: "tenure", type: "integer", unit: "months" },
    { name: "charges", type: "number", unit: "USD", description: "Charges of the last month" },
    { name: "paperless", type: "boolean" },
    { name: "plan", type: "category", categories: ["monthly", "two years", "yearly"] },
  ]);
  expect(loadPredictor(fixture("boosting")).threshold).toBeUndefined();
});

test("a driver carries the value received and its unit", () => {
  const { drivers } = loadPredictor(fixture("forest")).explainRow({ tenure: 3, charges: 99.5, plan: null });
  const byName = new Map(drivers.map((driver) => [driver.feature, driver]));
  expect(byName.get("tenure")).toMatchObject({ value: 3, unit: "months" });
  expect(byName.get("plan")).toMatchObject({ value: null, unit: undefined });
  expect(byName.get("paperless")?.value).toBeNull();
});

test("rows, columns and codes give the same values", () => {
  const predictor = loadPredictor(fixture("forest"));
  const single = rows.map((row) => predictor.predictRow(row));
  const number = (name: string) => Float64Array.from(rows, (row) => (row[name] as number | null) ?? Number.NaN);
  const categories = predictor.columns[3]?.categories ?? [];
  const numbers = { tenure: number("tenure"), charges: number("charges"), paperless: number("paperless") };
  const codes = Int32Array.from(rows, ({ plan }) => (plan === null ? -1 : categories.indexOf(plan as string)));
  expect([...predictor.predictRows(rows)]).toEqual(single);
  expect([...predictor.predictColumns({ ...numbers, plan: rows.map((row) => row.plan) })]).toEqual(single);
  expect([...predictor.predictColumns({ ...numbers, plan: codes })]).toEqual(single);
});

test("a missing value and an absent column are the same, an unknown category is not a missing one", () => {
  const predictor = loadPredictor(fixture("logistic"));
  const row = { tenure: 10, charges: 80, paperless: 1 };
  expect(predictor.predictRow({ ...row, plan: null })).toBe(predictor.predictRow(row));
  expect(predictor.predictRow({ ...row, tenure: Number.NaN })).toBe(
    predictor.predictRow({ ...row, tenure: undefined }),
  );
  expect(predictor.predictRow({ ...row, plan: "monthly " })).not.toBe(predictor.predictRow(row));
  const unknown = predictor.predictColumns({
    tenure: Float64Array.of(10),
    charges: Float64Array.of(80),
    paperless: Float64Array.of(1),
    plan: Int32Array.of(-2),
  });
  expect(unknown[0]).toBe(predictor.predictRow({ ...row, plan: "never seen" }));
});

test("a transformed row holds scaled numbers and one place for each category, in the order of the names", () => {
  const predictor = loadPredictor(fixture("forest"));
  expect(predictor.features).toEqual([
    { name: "tenure", column: "tenure" },
    { name: "charges", column: "charges" },
    { name: "paperless", column: "paperless" },
    { name: "plan_monthly", column: "plan" },
    { name: "plan_two years", column: "plan" },
    { name: "plan_yearly", column: "plan" },
  ]);
  const [first, second] = [
    { plan: "yearly", paperless: 1 },
    { plan: "never seen", paperless: 0, tenure: 1e30 },
  ];
  const transformed = predictor.transformRow(first);
  expect([...transformed.subarray(2)]).toEqual([1, 0, 0, 1]);
  expect([...predictor.transformRow(second).subarray(2)]).toEqual([0, 0, 0, 0]);
  expect([...predictor.transformRows([first, second])]).toEqual([...transformed, ...predictor.transformRow(second)]);
  // In float64: a forest compares in float32, and that is the estimator's own affair.
  expect(predictor.transformRow(second)[0]).not.toBe(Math.fround(predictor.transformRow(second)[0] ?? 0));
  expect(predictor.transformRows([])).toHaveLength(0);
});

test("an inherited property is no value", () => {
  const predictor = loadPredictor(
    changed(fixture("logistic"), (document) => rename(document, "tenure", "constructor")),
  );
  expect(() => predictor.predictRow({ charges: 80 })).not.toThrow();
  expect(predictor.columns[0]?.name).toBe("constructor");
});

test.each<[string, Record<string, unknown>, string]>([
  ["text", { tenure: "12" }, 'column tenure: expected a finite number, received "12"'],
  ["infinity", { charges: Infinity }, "column charges: expected a finite number, received Infinity"],
  ["a truth value", { paperless: true }, "column paperless: expected a finite number, received true"],
  ["a number as category", { plan: 1 }, "column plan: expected text, received 1"],
  [
    "a number beyond float32",
    { charges: 1e300 },
    "column charges: is too large for the precision the model was trained in",
  ],
])("refuses %s by column", (_, row, message) => {
  const predictor = loadPredictor(fixture("forest"));
  expect(() => predictor.predictRow(row as never)).toThrow(PredictorInputError);
  expect(() => predictor.predictRow(row as never)).toThrow(message);
  expect(() => predictor.explainRow(row as never)).toThrow(message);
  expect(() => predictor.transformRow(row as never)).toThrow(message);
  expect(() => predictor.transformRows([{}, row as never])).toThrow(`row 1: ${message}`);
  expect(() => predictor.predictRows([{}, row as never])).toThrow(`row 1: ${message}`);
});

test("columns of different lengths are refused", () => {
  const predictor = loadPredictor(fixture("forest"));
  expect(() => predictor.predictColumns({ tenure: new Float64Array(3), charges: new Float64Array(2) })).toThrow(
    "column charges: has 2 values, the batch has 3 rows",
  );
});

test("a category that the encoder refuses is refused", () => {
  const bytes = changed(fixture("forest"), (document: Record<string, { unknown: string }[]>) => {
    const encoding = document.encodings?.[3];
    if (encoding !== undefined) encoding.unknown = "refuse";
  });
  expect(() => loadPredictor(bytes).predictRow({ plan: "weekly" })).toThrow(
    "column plan: is none of the categories the model knows",
  );
});

test("a regression of a standardised target is scaled back", () => {
  const plain = loadPredictor(fixture("boosting"));
  const bytes = changed(fixture("boosting"), (document: Record<string, { target: object }>) => {
    if (document.model !== undefined) document.model.target = { scale: 10, offset: 5 };
  });
  const scaled = loadPredictor(bytes);
  const row = rows[0] ?? {};
  expect(scaled.predictRow(row)).toBe(plain.predictRow(row) * 10 + 5);
  expect(scaled.predictRows([row])[0]).toBe(scaled.predictRow(row));
  const { base, drivers } = scaled.explainRow(row);
  const sum = drivers.reduce((total, { contribution }) => total + contribution, base);
  expect(sum).toBeCloseTo(scaled.predictRow(row), 6);
});

test("no rows give no values", () => {
  const predictor = loadPredictor(fixture("forest"));
  expect(predictor.predictRows([])).toHaveLength(0);
  expect(predictor.predictColumns({})).toHaveLength(0);
});

function rename(document: Record<string, { name?: string; column?: string }[]>, from: string, to: string): void {
  for (const column of document.columns ?? []) if (column.name === from) column.name = to;
  for (const encoding of document.encodings ?? []) if (encoding.column === from) encoding.column = to;
}
