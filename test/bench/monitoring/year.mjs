import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * Merges a year of hourly summaries: `node year.mjs ROOT FOLDER`. Each hour is its own summary, written as text and read again;
 * reading is timed apart from merging.
 */
const [root, folder] = process.argv.slice(2);
const load = createRequire(import.meta.url);
const { emptySummary, mergeSummaries, readBaseline, readSummary, RowCounter, summaryJson } = load(
  join(root, "packages/monitoring/dist"),
);
const { readContract } = load(join(root, "packages/contract/dist"));

const HOURS = 8_760;
const ROWS = 200;
const baseline = readBaseline(readFileSync(join(folder, "baseline.json")));
const contract = readContract(readFileSync(join(folder, "contract.json"), "utf8"));
const counter = new RowCounter(baseline, contract);
const texts = [];
const start = Date.parse("2026-01-01T00:00:00.000Z");
for (let at = 0; at < HOURS; at += 1) {
  const [from, to] = [start + at * 3_600_000, start + (at + 1) * 3_600_000].map((time) => new Date(time).toISOString());
  const summary = emptySummary(baseline, { from, to });
  const columns = Object.fromEntries(
    baseline.columns.map((column) => {
      if (column.type === "category") {
        const codes = Int32Array.from({ length: ROWS }, (_, row) => (row * 7 + at) % column.categories.length);
        return [column.name, { categories: column.categories, codes }];
      }
      const value = (row) => (column.type === "boolean" ? (row + at) % 2 : ((row * 37 + at * 11) % 400) / 100 - 2);
      return [column.name, Float64Array.from({ length: ROWS }, (_, row) => value(row))];
    }),
  );
  const score = Float64Array.from({ length: ROWS }, (_, row) => ((row * 13 + at) % 100) / 100);
  counter.addColumns(summary, { rows: ROWS, columns, score, modelVersion: String(Math.floor(at / 1_000)), at: from });
  texts.push(summaryJson(summary, baseline));
}
const time = (work) => {
  const before = performance.now();
  const result = work();
  return [performance.now() - before, result];
};
const [read, summaries] = time(() => texts.map((text) => readSummary(text, baseline)));
const merges = Array.from({ length: 5 }, () => time(() => mergeSummaries(baseline, summaries)));
const [, total] = merges[0];
if (total.rows !== HOURS * ROWS) throw new Error(`the year has ${total.rows} rows, not ${HOURS * ROWS}`);
const bytes = texts.reduce((sum, text) => sum + text.length, 0);
process.stdout.write(JSON.stringify({ first: merges[0][0], merge: merges.map(([ms]) => ms), read, bytes }));
