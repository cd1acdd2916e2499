import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ColumnValues, loadPredictor, type Predictor, type Row, type Value } from "@sagewright/predictor";

interface Case {
  folder: string;
  estimator: string;
  task: "binary" | "regression";
  columns: { name: string; type: string }[];
  explained: number[];
  decomposition: { base: number; contributions: number[][] } | null;
}

const root = resolve(__dirname, "../..");
const data = process.env.SAGEWRIGHT_TEST_DATA ?? resolve(root, "../shared/data");
const out = mkdtempSync(join(tmpdir(), "sagewright-parity-"));
let cases: Case[] = [];

beforeAll(() => {
  const python = process.env.SAGEWRIGHT_PYTHON;
  if (python === undefined) throw new Error("SAGEWRIGHT_PYTHON names no Python. Run the tests with npm test.");
  const args = [join(__dirname, "predictor_cases.py"), out, join(root, "packages/sklearn/python")];
  if (existsSync(data)) args.push(data);
  else process.stdout.write(`predictor parity: no data sets at ${data}, synthetic cases only\n`);
  // One thread: on a busy machine OpenMP's threads wait for each other longer than they work.
  const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  execFileSync(python, args, { stdio: ["ignore", "inherit", "inherit"], env });
  cases = JSON.parse(readFileSync(join(out, "cases.json"), "utf8"));
}, 300_000);

afterAll(() => rmSync(out, { recursive: true, force: true }));

const bounds = {
  random_forest: 0,
  extra_trees: 0,
  hist_gradient_boosting: 1e-9,
  logistic_regression: 1e-12,
  mlp: 1e-12,
};

describe.each(Object.entries(bounds))("%s", (estimator, bound) => {
  const own = () => cases.filter((candidate) => candidate.estimator === estimator);

  test(bound === 0 ? "equals scikit-learn bit for bit" : `equals scikit-learn within ${bound}`, () => {
    let rows = 0;
    let widest = 0;
    let different = 0;
    for (const { predictor, expected, columns } of own().map(open)) {
      const actual = predictor.predictColumns(columns);
      expect(actual).toHaveLength(expected.length);
      expected.forEach((value, row) => {
        const ours = actual[row] as number;
        if (!Object.is(ours, value)) different++;
        widest = Math.max(widest, distance(ours, value));
      });
      rows += expected.length;
    }
    process.stdout.write(`${estimator}: ${rows} rows, ${different} not bit-identical, largest difference ${widest}\n`);
    expect(rows).toBeGreaterThanOrEqual(2 * 20_000);
    expect(widest).toBeLessThanOrEqual(bound);
    if (bound === 0) expect(different).toBe(0);
  });

  test("scores a single row, rows and columns alike", () => {
    for (const { predictor, columns, expected } of own().map(open)) {
      const rows = Array.from({ length: 1400 }, (_, index) => rowOf(columns, index * 14));
      const fresh = loadPredictor(readFileSync(join(out, predictor.metadata.case as string, "predictor.safetensors")));
      const many = predictor.predictRows(rows);
      rows.forEach((row, index) => {
        expect(Object.is(fresh.predictRow(row), many[index])).toBe(true);
        expect(distance(many[index] as number, expected[index * 14] as number)).toBeLessThanOrEqual(bound);
      });
    }
  });

  test("splits a prediction into a base and contributions that add up", () => {
    for (const { predictor, columns, expected } of own().map(open)) {
      for (let index = 0; index < expected.length; index += 50) {
        const { value, base, drivers } = predictor.explainRow(rowOf(columns, index));
        const sum = drivers.reduce((total, { contribution }) => total + contribution, base);
        expect(distance(sum, value)).toBeLessThanOrEqual(1e-9);
        expect(distance(value, expected[index] as number)).toBeLessThanOrEqual(bound);
      }
    }
  });
});

test("contributions equal those computed from scikit-learn's own arrays", () => {
  let compared = 0;
  for (const { decomposition, explained, predictor, columns } of cases.map(open)) {
    if (decomposition === null) continue;
    explained.forEach((row, index) => {
      const { base, drivers } = predictor.explainRow(rowOf(columns, row));
      expect(distance(base, decomposition.base)).toBeLessThanOrEqual(1e-9);
      predictor.columns.forEach(({ name }, column) => {
        const ours = drivers.find(({ feature }) => feature === name)?.contribution ?? Number.NaN;
        expect(distance(ours, decomposition.contributions[index]?.[column] as number)).toBeLessThanOrEqual(1e-9);
        compared++;
      });
    });
  }
  expect(compared).toBeGreaterThan(6 * 150 * 9);
});

const opened = new Map<string, ReturnType<typeof read>>();

function open(entry: Case) {
  const known = opened.get(entry.folder) ?? read(entry);
  opened.set(entry.folder, known);
  return known;
}

function read(entry: Case) {
  const folder = join(out, entry.folder);
  const predictor: Predictor = loadPredictor(readFileSync(join(folder, "predictor.safetensors")));
  const columns: Record<string, ColumnValues> = {};
  entry.columns.forEach(({ name, type }, index) => {
    columns[name] =
      type === "category"
        ? (JSON.parse(readFileSync(join(folder, `${index}.json`), "utf8")) as Value[])
        : float64(join(folder, `${index}.f64`));
  });
  return { ...entry, predictor, columns, expected: float64(join(folder, "expected.f64")) };
}

function float64(path: string): Float64Array {
  const bytes = readFileSync(path);
  return new Float64Array(Uint8Array.from(bytes).buffer);
}

function rowOf(columns: Record<string, ColumnValues>, index: number): Row {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[index]]));
}

/** Absolute up to 1, relative beyond: a regression's values may be as large as 1e30. */
function distance(a: number, b: number): number {
  return Math.abs(a - b) / Math.max(1, Math.abs(b));
}
