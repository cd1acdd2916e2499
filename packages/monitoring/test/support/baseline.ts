import type { Contract } from "@sagewright/contract";
import { type Baseline, type ColumnBatch, histogram, readBaseline } from "../../src";
import { middleRanks } from "../../src/summary/relations";

/** baseline.json of rows in columns, in the form that the job's baseline.py writes. */
export function baselineDocument(contract: Contract, train: ColumnBatch, test: ColumnBatch): Record<string, unknown> {
  const described = contract.columns.map(({ name, type }) => describe(name, type, train));
  const ranked = described.map(({ bins, counts }) => standardised(bins, middleRanks(counts)));
  const [correlations, variances]: [number[], number[]] = [[], []];
  ranked.forEach((one, at) => {
    for (const other of ranked.slice(at + 1)) {
      const r = mean(one.map((value, row) => value * (other[row] ?? 0)));
      correlations.push(r);
      variances.push(
        mean(one.map((a, row) => (a * (other[row] ?? 0) - (r / 2) * (a ** 2 + (other[row] ?? 0) ** 2)) ** 2)),
      );
    }
  });
  const edges = Array.from({ length: 21 }, (_, at) => at / 20);
  return {
    format: 2,
    contract: { name: contract.name, sha256: "0" },
    rows: train.rows,
    columns: Object.fromEntries(described.map(({ name, document }) => [name, document])),
    score: { split: "test", rows: test.rows, edges, counts: histogram(test.score, edges), ...moments(test.score) },
    target: { split: "test", rows: test.rows, mean: 0.2 },
    relations: { columns: described.map(({ name }) => name), rows: train.rows, correlations, variances },
    segments: contract.segments.flatMap((column) => segmentsOf(column, described)),
  };
}

/** {@link baselineDocument}, read. */
export function baselineOf(contract: Contract, train: ColumnBatch, test: ColumnBatch): Baseline {
  return readBaseline(JSON.stringify(baselineDocument(contract, train, test)));
}

interface Described {
  readonly name: string;
  readonly bins: readonly number[];
  readonly counts: readonly number[];
  readonly document: Record<string, unknown>;
}

function describe(name: string, type: string, { columns }: ColumnBatch): Described {
  const given = columns[name];
  if (given === undefined) throw new Error(`no column ${name}`);
  if (!(given instanceof Float64Array)) {
    const counts = given.categories.map((_, code) => given.codes.filter((each) => each === code).length);
    const missing = given.codes.filter((code) => code < 0).length;
    const named = Object.fromEntries(given.categories.map((category, code) => [category, counts[code]]));
    const document = { type, missing, categories: given.categories, counts: named, other: 0 };
    return { name, bins: [...given.codes], counts, document };
  }
  if (type === "boolean") {
    const ones = given.filter((value) => value === 1).length;
    const counts = [given.length - ones, ones];
    return { name, bins: [...given], counts, document: { type, missing: 0, counts: { "0": counts[0], "1": ones } } };
  }
  const present = given.filter((value) => !Number.isNaN(value));
  const edges = quantileEdges(present, 20);
  const counts = histogram(present, edges);
  const bins = [...given].map((value) => edges.findLastIndex((edge, at) => at < counts.length && edge <= value));
  return {
    name,
    bins,
    counts,
    document: { type, missing: given.length - present.length, edges, counts, ...moments(present) },
  };
}

function segmentsOf(column: string, described: readonly Described[]): unknown[] {
  const keys = described.find(({ name }) => name === column)?.bins ?? [];
  return [0, 1].map((value) => ({
    column,
    value: String(value),
    rows: keys.filter((key) => key === value).length,
    counts: Object.fromEntries(
      described.map(({ name, bins, counts, document }) => {
        const found = new Array(counts.length + ("edges" in document ? 1 : 2)).fill(0);
        bins.forEach((bin, row) => {
          if (keys[row] === value) found[bin === -1 ? found.length - 1 : bin] += 1;
        });
        return [name, found];
      }),
    ),
  }));
}

function quantileEdges(values: Float64Array, bins: number): number[] {
  const sorted = Float64Array.from(values).sort();
  const edges = Array.from({ length: bins + 1 }, (_, at) => {
    const place = (at / bins) * (sorted.length - 1);
    const low = Math.floor(place);
    const [one, next] = [sorted[low] ?? 0, sorted[low + 1] ?? sorted[low] ?? 0];
    return one + (place - low) * (next - one);
  });
  return [...new Set(edges)];
}

function standardised(bins: readonly number[], ranks: readonly number[]): number[] {
  const values = bins.map((bin) => ranks[bin] ?? 0);
  const center = mean(values);
  const std = Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
  return values.map((value) => (value - center) / std);
}

function moments(values: Float64Array): Record<string, number> {
  const center = mean([...values]);
  return {
    mean: center,
    std: Math.sqrt(mean([...values].map((value) => (value - center) ** 2))),
    minimum: values.reduce((a, b) => Math.min(a, b)),
    maximum: values.reduce((a, b) => Math.max(a, b)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
