import { openSync, readFileSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Summarises and tests binary columns in a process of its own: `node columns.mjs ROOT FOLDER`. */
const [root, folder] = process.argv.slice(2);
const load = createRequire(import.meta.url);
const { compareWithBaseline, emptySummary, readBaseline, RowCounter } = load(join(root, "packages/monitoring/dist"));
const { readContract } = load(join(root, "packages/contract/dist"));

/** Rows that are in memory at once. */
const CHUNK = 65_536;

const start = performance.now();
const baseline = readBaseline(readFileSync(join(folder, "baseline.json")));
const contract = readContract(readFileSync(join(folder, "contract.json"), "utf8"));
const counter = new RowCounter(baseline, contract);
const summary = emptySummary(baseline, { from: "2026-01-05T00:00:00.000Z", to: "2026-01-12T00:00:00.000Z" });
const columns = baseline.columns.map((column) => {
  const values = column.type === "category" ? new Int32Array(CHUNK) : new Float64Array(CHUNK);
  return {
    name: column.name,
    categories: column.categories,
    values,
    file: openSync(join(folder, `${column.name}.bin`)),
  };
});
const score = { values: new Float64Array(CHUNK), file: openSync(join(folder, "score.bin")) };

for (let rows = fill(score); rows > 0; rows = fill(score)) {
  for (const column of columns) fill(column);
  counter.addColumns(summary, {
    rows,
    columns: Object.fromEntries(
      columns.map(({ name, categories, values }) => [
        name,
        values instanceof Int32Array ? { categories, codes: values } : values,
      ]),
    ),
    score: score.values,
    modelVersion: "1",
    at: "2026-01-05T00:00:00.000Z",
  });
}
const report = compareWithBaseline({ baseline, contract, summary });
const milliseconds = performance.now() - start;
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ milliseconds, peak, report, ...figuresOf(summary, baseline) }));

function fill({ values, file }) {
  const bytes = new Uint8Array(values.buffer);
  let read = 0;
  while (read < bytes.length) {
    const more = readSync(file, bytes, read, bytes.length - read, null);
    if (more === 0) break;
    read += more;
  }
  return read / values.BYTES_PER_ELEMENT;
}

/** What only a summary holds. */
function figuresOf({ rows, columns, score, relations }, { columns: described }) {
  const of = ({ missing, below, above, minimum, maximum }) => ({ missing, outside: below + above, minimum, maximum });
  const named = columns.map((column, at) => [described[at].name, of(column)]);
  return { rows, sums: Object.fromEntries([...named, ["score", of(score)]]), products: [...relations] };
}
