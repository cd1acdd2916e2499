import type { Contract } from "@sagewright/contract";
import type { Baseline } from "../baseline/baseline";
import { type BinTable, binCount, binOf, binTable, MISSING } from "./bins";
import { blockReader, type ColumnBatch } from "./column-blocks";
import { countBins, countScratch } from "./count-bins";
import { latencyBucket } from "./latency";
import { addMoments } from "./numbers";
import { addRelations, type RankScores, rankScores, scoreScratch } from "./relations";
import { SegmentCounter } from "./segment-counter";
import { type ColumnSummary, countName, type Summary } from "./summary";
import { type ColumnReader, columnReader } from "./values";

/** One prediction, as far as it is counted. */
export interface CountedPrediction {
  readonly input: Readonly<Record<string, unknown>>;
  readonly modelVersion: string;
  /** The model's number. */
  readonly score: number | null;
  /** What was decided. @default null: nothing, as in a regression */
  readonly positive: boolean | null;
  readonly latencyMs: number | null;
  /** Event time, ISO 8601. */
  readonly at: string;
}

/** Rows that are counted at once: few enough that a block of every column stays near the processor. */
const BLOCK = 1_024;

/** A baseline compiled for counting: made once, used for any number of summaries. */
export class RowCounter {
  readonly #readers: readonly ColumnReader[];
  readonly #scoreTable: BinTable;
  readonly #ranks: RankScores;
  readonly #scores: Float64Array;
  readonly #codes: readonly Uint16Array[];
  readonly #counts: Uint32Array;
  readonly #features: ReadonlySet<string>;
  readonly #segments: SegmentCounter;
  readonly #baseline: Baseline;
  readonly #contract: Contract;

  constructor(baseline: Baseline, contract: Contract) {
    this.#baseline = baseline;
    this.#contract = contract;
    this.#readers = baseline.columns.map((column) => columnReader(column, contract));
    this.#scoreTable = binTable(baseline.score);
    this.#ranks = rankScores(baseline);
    this.#scores = scoreScratch(this.#ranks, BLOCK);
    this.#codes = baseline.columns.map(() => new Uint16Array(BLOCK));
    this.#counts = countScratch(Math.max(0, ...baseline.columns.map(binCount)));
    const passed = [...contract.id, ...contract.ignore];
    this.#features = new Set([...baseline.columns.map(({ name }) => name), ...passed]);
    this.#segments = new SegmentCounter(baseline, BLOCK);
  }

  /** Adds one prediction to a summary. */
  add(summary: Summary, prediction: CountedPrediction): void {
    const { input } = prediction;
    this.#baseline.columns.forEach((column, index) => {
      const codes = this.#codes[index] as Uint16Array;
      const counts = summary.columns[index] as ColumnSummary;
      if (!Object.hasOwn(input, column.name)) {
        counts.absent += 1;
        codes[0] = MISSING;
      } else codes[0] = (this.#readers[index] as ColumnReader)(input[column.name], counts);
    });
    for (const name in input) if (!this.#features.has(name)) countName(summary.unknown, name);
    this.#addBlock(summary, 1);
    this.#addScore(summary.score, prediction.score ?? Number.NaN);
    if (prediction.positive !== null) {
      summary.decided += 1;
      if (prediction.positive) summary.positives += 1;
    }
    if (prediction.latencyMs !== null) {
      const bucket = latencyBucket(prediction.latencyMs);
      summary.latency[bucket] = (summary.latency[bucket] as number) + 1;
    }
    noteModel(summary, prediction, 1);
  }

  /** Adds rows that lie in columns. Columns that are not there count as absent. */
  addColumns(summary: Summary, batch: ColumnBatch): void {
    const readers = this.#baseline.columns.map((column, index) =>
      blockReader(column, batch.columns[column.name], this.#codes[index] as Uint16Array, this.#contract),
    );
    for (let start = 0; start < batch.rows; start += BLOCK) {
      const rows = Math.min(BLOCK, batch.rows - start);
      readers.forEach((read, index) => {
        read(summary.columns[index] as ColumnSummary, start, rows);
      });
      this.#addBlock(summary, rows);
      for (let row = start; row < start + rows; row += 1) this.#addScore(summary.score, batch.score[row] as number);
    }
    for (const name of Object.keys(batch.columns))
      if (!this.#features.has(name)) countName(summary.unknown, name, batch.rows);
    if (batch.rows > 0) noteModel(summary, batch, batch.rows);
  }

  /** Counts what `#codes` holds. */
  #addBlock(summary: Summary, rows: number): void {
    summary.rows += rows;
    summary.columns.forEach(({ bins }, index) => {
      countBins(bins, this.#codes[index] as Uint16Array, rows, this.#counts);
    });
    if (summary.relations.length > 0) addRelations(summary, this.#ranks, { codes: this.#codes, rows }, this.#scores);
    this.#segments.add(summary, this.#codes, rows);
  }

  #addScore(score: ColumnSummary, value: number): void {
    if (Number.isFinite(value)) {
      const bin = binOf(this.#scoreTable, value);
      score.bins[bin] = (score.bins[bin] as number) + 1;
      addMoments(score, value, this.#baseline.score.mean ?? 0);
    } else score.missing += 1;
  }
}

function noteModel(summary: Summary, { modelVersion, at }: { modelVersion: string; at: string }, rows: number): void {
  const known = summary.models.get(modelVersion);
  if (known === undefined) {
    summary.models.set(modelVersion, { rows, first: at, last: at });
    return;
  }
  known.rows += rows;
  if (at < known.first) known.first = at;
  if (at > known.last) known.last = at;
}
