import type { Contract } from "@sagewright/contract";
import type { Baseline, ColumnBaseline } from "../baseline/baseline";
import { binCount, INVALID, MISSING, type NumberBinner, numberBinner } from "./bins";
import { latencyBucket } from "./latency";
import { addMoments, rangeOf } from "./numbers";
import { addRelations, type RankScores, rankScores } from "./relations";
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

/** Rows in columns, for data that is not captured row by row. */
export interface ColumnBatch {
  readonly rows: number;
  /** Numbers, NaN for missing; categories as positions in `categories`, negative for missing. */
  readonly columns: Readonly<
    Record<string, Float64Array | { readonly categories: readonly string[]; readonly codes: Int32Array }>
  >;
  readonly score: Float64Array;
  readonly modelVersion: string;
  readonly at: string;
}

/** Rows that are counted at once. */
const BLOCK = 1_024;

/** A baseline compiled for counting: made once, used for any number of summaries. */
export class RowCounter {
  readonly #readers: readonly ColumnReader[];
  readonly #binners: readonly (NumberBinner | undefined)[];
  readonly #scoreBinner: NumberBinner;
  readonly #ranks: RankScores;
  readonly #scratch: readonly Float64Array[];
  readonly #codes: readonly Uint16Array[];
  readonly #features: ReadonlySet<string>;
  readonly #segments: readonly { readonly column: number; readonly code: number }[];
  readonly #baseline: Baseline;
  readonly #contract: Contract;

  constructor(baseline: Baseline, contract: Contract) {
    this.#baseline = baseline;
    this.#contract = contract;
    this.#readers = baseline.columns.map((column) => columnReader(column, contract));
    this.#binners = baseline.columns.map((column) => (column.type === "number" ? numberBinner(column) : undefined));
    this.#scoreBinner = numberBinner(baseline.score);
    this.#ranks = rankScores(baseline);
    this.#scratch = this.#ranks.columns.map(() => new Float64Array(BLOCK));
    this.#codes = baseline.columns.map(() => new Uint16Array(BLOCK));
    const passed = [...contract.id, ...contract.ignore];
    this.#features = new Set([...baseline.columns.map(({ name }) => name), ...passed]);
    this.#segments = baseline.segments.map(({ column, value }) => {
      const index = baseline.columns.findIndex(({ name }) => name === column);
      const found = baseline.columns[index];
      const code = found === undefined || found.type === "number" ? -1 : found.categories.indexOf(value);
      return { column: index, code };
    });
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
    const readers = this.#baseline.columns.map((column, index) => this.#blockReader(column, index, batch));
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
      const codes = this.#codes[index] as Uint16Array;
      for (let row = 0; row < rows; row += 1) {
        const code = codes[row] as number;
        if (code < INVALID) bins[code] = (bins[code] as number) + 1;
      }
    });
    if (summary.relations.length > 0) addRelations(summary, this.#ranks, { codes: this.#codes, rows }, this.#scratch);
    this.#segments.forEach(({ column, code }, index) => {
      const [keys, segment] = [this.#codes[column], summary.segments[index]];
      if (keys === undefined || segment === undefined) return;
      for (let row = 0; row < rows; row += 1) {
        if (keys[row] !== code) continue;
        segment.rows += 1;
        for (let at = 0; at < segment.columns.length; at += 1) {
          const bins = segment.columns[at] as Float64Array;
          const found = (this.#codes[at] as Uint16Array)[row] as number;
          const bin = found < INVALID ? found : bins.length - 1;
          bins[bin] = (bins[bin] as number) + 1;
        }
      }
    });
  }

  #addScore(score: ColumnSummary, value: number): void {
    if (Number.isFinite(value)) {
      const bin = this.#scoreBinner(value);
      score.bins[bin] = (score.bins[bin] as number) + 1;
      addMoments(score, value, this.#baseline.score.mean ?? 0);
    } else score.missing += 1;
  }

  #blockReader(
    column: ColumnBaseline,
    index: number,
    { columns }: ColumnBatch,
  ): (counts: ColumnSummary, start: number, rows: number) => void {
    const codes = this.#codes[index] as Uint16Array;
    const given = columns[column.name];
    const absent = (counts: ColumnSummary, _: number, rows: number): void => {
      counts.absent += rows;
      codes.fill(MISSING, 0, rows);
    };
    if (given === undefined) return absent;
    const read = this.#readers[index] as ColumnReader;
    if (given instanceof Float64Array) {
      const binner = this.#binners[index];
      if (binner === undefined || column.type !== "number")
        return (counts, start, rows) => {
          for (let row = 0; row < rows; row += 1) {
            const value = given[start + row] as number;
            codes[row] = read(Number.isNaN(value) ? null : value, counts);
          }
        };
      const { minimum, maximum } = rangeOf(this.#contract, column.name);
      const center = column.mean ?? 0;
      return (counts, start, rows) =>
        addNumbers(given, { counts, start, rows, binner, codes, minimum, maximum, center });
    }
    const known = given.categories.map((name) => categoryCode(column, name));
    return (counts, start, rows) => {
      for (let row = 0; row < rows; row += 1) {
        const position = given.codes[start + row] as number;
        const code = position < 0 ? MISSING : (known[position] ?? INVALID);
        if (code === MISSING) counts.missing += 1;
        else if (code === INVALID) counts.invalid += 1;
        else if (code === binCount(column) - 1) countName(counts.names, given.categories[position] ?? "");
        codes[row] = code;
      }
    };
  }
}

interface NumbersToAdd {
  readonly counts: ColumnSummary;
  readonly start: number;
  readonly rows: number;
  readonly binner: NumberBinner;
  readonly codes: Uint16Array;
  readonly minimum: number;
  readonly maximum: number;
  readonly center: number;
}

/** The inner loop over a block of numbers: sums stay in locals, since every row passes here. */
function addNumbers(
  given: Float64Array,
  { counts, start, rows, binner, codes, minimum, maximum, center }: NumbersToAdd,
): void {
  let [sum, squares, low, high] = [0, 0, counts.minimum, counts.maximum];
  for (let row = 0; row < rows; row += 1) {
    const value = given[start + row] as number;
    const difference = value - center;
    if (difference - difference !== 0) {
      const absent = Number.isNaN(value);
      if (absent) counts.missing += 1;
      else counts.invalid += 1;
      codes[row] = absent ? MISSING : INVALID;
      continue;
    }
    codes[row] = binner(value);
    sum += difference;
    squares += difference * difference;
    if (value < low) low = value;
    if (value > high) high = value;
    if (value < minimum) counts.below += 1;
    else if (value > maximum) counts.above += 1;
  }
  counts.sum += sum;
  counts.squares += squares;
  counts.minimum = low;
  counts.maximum = high;
}

function categoryCode(column: ColumnBaseline, name: string): number {
  if (column.type === "number") return INVALID;
  const index = column.categories.indexOf(name);
  return index === -1 ? column.categories.length : index;
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
