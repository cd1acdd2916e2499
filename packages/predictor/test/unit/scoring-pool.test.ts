import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { loadPredictor, PredictorFormatError } from "../../src/index";
import { createScoringPool } from "../../src/node/index";
import { fixture, rows } from "../support/fixtures";

const folder = mkdtempSync(join(tmpdir(), "sagewright-pool-"));
const workerFile = join(folder, "scoring-worker.js");

beforeAll(() => {
  const entryPoints = [join(__dirname, "../../src/node/scoring-worker.ts")];
  buildSync({ entryPoints, outfile: workerFile, bundle: true, platform: "node", format: "cjs" });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const batch = Array.from({ length: 20_000 }, (_, index) => rows[index % rows.length] ?? {});
const numbers = (name: string) => Float64Array.from(batch, (row) => (row[name] as number | null) ?? Number.NaN);
const columns = {
  tenure: numbers("tenure"),
  charges: batch.map((row) => row.charges),
  paperless: numbers("paperless"),
  plan: batch.map((row) => row.plan),
  note: batch.map(() => "not a column of the model"),
};

test("threads give the values of one thread, for several batches at once", async () => {
  const pool = createScoringPool({ bytes: fixture("forest"), threads: 2, workerFile });
  const expected = loadPredictor(fixture("forest")).predictColumns(columns);
  const answers = await Promise.all([pool.predictColumns(columns), pool.predictColumns(columns)]);
  for (const answer of answers) expect([...answer]).toEqual([...expected]);
  expect(await pool.predictColumns({})).toHaveLength(0);
  await pool.close();
});

test("a refused row is named by its place in the whole batch, and the pool goes on", async () => {
  const pool = createScoringPool({ bytes: fixture("forest"), threads: 2, workerFile });
  const charges = numbers("charges");
  charges[17_003] = 1e300;
  await expect(pool.predictColumns({ ...columns, charges })).rejects.toThrow(
    "row 17003: column charges: is too large for the precision the model was trained in",
  );
  const tenure = batch.map((row, index) => (index === 9 ? "long" : row.tenure));
  await expect(pool.predictColumns({ ...columns, tenure })).rejects.toThrow(
    'row 9: column tenure: expected a finite number, received "long"',
  );
  expect(await pool.predictColumns(columns)).toHaveLength(batch.length);
  await pool.close();
});

test("closing refuses what is under way and whatever comes later", async () => {
  const pool = createScoringPool({ bytes: fixture("forest"), threads: 1, workerFile });
  const underWay = pool.predictColumns(columns);
  const closing = pool.close();
  await expect(underWay).rejects.toMatchObject({ code: "pool_closed" });
  await closing;
  await expect(pool.predictColumns(columns)).rejects.toMatchObject({ code: "pool_closed" });
});

test("a thread that cannot start fails its batches", async () => {
  const pool = createScoringPool({ bytes: fixture("forest"), threads: 1, workerFile: join(folder, "absent.js") });
  await expect(pool.predictColumns(columns)).rejects.toMatchObject({ code: "pool_failed" });
  await pool.close();
});

test("a bad file or thread count is refused at once", () => {
  expect(() => createScoringPool({ bytes: new Uint8Array(9), workerFile })).toThrow(PredictorFormatError);
  expect(() => createScoringPool({ bytes: fixture("forest"), threads: 0, workerFile })).toThrow(
    "threads: 0 is not a whole number of at least 1.",
  );
});
