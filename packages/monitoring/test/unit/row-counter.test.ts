import fc from "fast-check";
import { type ColumnBatch, emptySummary, histogram, RowCounter, summaryJson } from "../../src";
import { binOf, binTable } from "../../src/summary/bins";
import { baselineOf } from "../support/baseline";
import { hour } from "../support/captures";
import { population, sample } from "../support/population";

const baseline = baselineOf(population, sample(800, 1), sample(200, 2));
const counter = new RowCounter(baseline, population);

/** Rows with everything that columns can hold. */
function damaged(rows: number): ColumnBatch {
  const batch = sample(rows, 3);
  const normal = batch.columns.normal0 as Float64Array;
  const category = batch.columns.category3 as { categories: string[]; codes: Int32Array };
  const flag = batch.columns.flag0 as Float64Array;
  for (let row = 0; row < rows; row += 1) {
    if (row % 7 === 0) normal[row] = Number.NaN;
    if (row % 11 === 0) normal[row] = Number.NEGATIVE_INFINITY;
    if (row % 13 === 0) normal[row] = 1e6;
    if (row % 5 === 0) category.codes[row] = -1;
    if (row % 9 === 0) category.codes[row] = 3;
    if (row % 17 === 0) flag[row] = Number.NaN;
    if (row % 19 === 0) flag[row] = 2;
    if (row % 23 === 0) batch.score[row] = Number.NaN;
  }
  const { normal1: _, ...columns } = batch.columns;
  return { ...batch, columns: { ...columns, category3: { ...category, categories: [...category.categories, "tin"] } } };
}

function rowOf({ columns }: ColumnBatch, row: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, values]) => {
      if (!(values instanceof Float64Array)) return [name, values.categories[values.codes[row] ?? -1] ?? null];
      const value = values[row] as number;
      return [name, Number.isNaN(value) ? null : value];
    }),
  );
}

test.each([1, 63, 64, 1_023, 2_500])("%i rows in columns count like the same rows one by one", (rows) => {
  const batch = damaged(rows);
  const [whole, single] = [emptySummary(baseline, hour), emptySummary(baseline, hour)];
  counter.addColumns(whole, batch);
  for (let row = 0; row < rows; row += 1)
    counter.add(single, {
      input: rowOf(batch, row),
      score: Number.isNaN(batch.score[row]) ? null : (batch.score[row] as number),
      positive: null,
      latencyMs: null,
      modelVersion: "1",
      at: batch.at,
    });
  const [one, other] = [whole, single].map((summary) => JSON.parse(summaryJson(summary, baseline)));
  for (const { columns, score } of [one, other])
    for (const column of [...Object.values<Record<string, number>>(columns), score])
      for (const name of ["sum", "squares"]) if (name in column) column[name] = Number(column[name]?.toPrecision(9));
  expect(one).toEqual(other);
  expect(whole.segments.reduce((sum, segment) => sum + segment.rows, 0)).toBe(
    rows - Array.from({ length: rows }, (_, row) => row).filter((row) => row % 17 === 0 || row % 19 === 0).length,
  );
});

test("a number's bin is numpy's, wherever the edges lie", () => {
  const value = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
  fc.assert(
    fc.property(fc.uniqueArray(value, { minLength: 2, maxLength: 30 }), fc.array(value), (points, values) => {
      const edges = points.sort((a, b) => a - b).filter((edge, at) => at === 0 || edge > (points[at - 1] ?? edge));
      fc.pre(edges.length > 1);
      const table = binTable({ edges, counts: edges.slice(1).map(() => 1) });
      const found = new Array(edges.length + 1).fill(0);
      for (const each of [...values, ...edges]) found[binOf(table, each)] += 1;
      expect(found.slice(1, -1)).toEqual(histogram([...values, ...edges], edges));
      expect(found[0]).toBe(values.filter((each) => each < (edges[0] ?? 0)).length);
    }),
    { numRuns: 300 },
  );
});

test("a column that was constant has one bin, one that was empty none", () => {
  const constant = binTable({ edges: [3, 3], counts: [10] });
  expect([2, 3, 4].map((value) => binOf(constant, value))).toEqual([0, 1, 2]);
  const empty = binTable({ edges: [], counts: [] });
  expect([-1e300, 0, 1e300].map((value) => binOf(empty, value))).toEqual([0, 0, 0]);
});
