import { type Column, type Contract, readContract } from "@sagewright/contract";
import {
  loadPredictor,
  type NumericColumn,
  type Predictor,
  PredictorInputError,
  scorableRanges,
} from "@sagewright/predictor";
import { MISSING, ScoringColumns, UNKNOWN } from "./columns";
import { CsvReader, type CsvRows } from "./csv-reader";
import { fieldCountProblem } from "./field-count";
import { KeptRows, modelProblem, refuseTooLarge } from "./kept-rows";
import { NdjsonReader, type NdjsonRows } from "./ndjson-reader";
import { cellText, ParquetReader, type ParquetRows, parquetSource } from "./parquet-reader";
import { RowGroupEncoder } from "./parquet-writer";
import type { ScoredTask, ScoringPlan, ScoringTask, ValuePlan } from "./plan";
import { splitRecord } from "./records";
import type { ReadRows } from "./rows";
import { openValuation, type SaidRow, valueRows } from "./valuation";
import {
  type CellOf,
  CsvContinuation,
  continueNdjson,
  csvLines,
  ndjsonLines,
  parquetColumns,
  type RowScores,
  type ScoreFields,
} from "./writer";

/** Checks and scores one task. */
export type TaskScorer = (task: ScoringTask) => Promise<ScoredTask>;

/** Makes what a scoring thread does. */
export async function taskScorer(plan: ScoringPlan): Promise<TaskScorer> {
  const contract = readContract(JSON.stringify(plan.contract));
  const predictor = loadPredictor(plan.predictor);
  const columns = new ScoringColumns(plan.contract, predictor);
  const format = await tableFormat({
    plan,
    contract,
    predictor,
    columns,
    fields: scoreFields(plan, contract, predictor),
  });
  const ranges = scorableRanges(contract.columns as readonly NumericColumn[]);
  const valuation = plan.value === undefined ? undefined : await openValuation(contract, predictor, plan.value);
  const work = async (task: ScoringTask): Promise<ScoredTask> => {
    const read = await format.read(task);
    const kept = new KeptRows(read, columns);
    refuseTooLarge(kept, ranges, contract, columns);
    const values =
      valuation === undefined ? undefined : valueRows(kept, (row) => valuation.value(format.said(read, row)));
    const scores = score(predictor, columns, kept, values);
    const more = values?.map((value, row) => valuation?.cells(scores[row] as number, value) ?? []);
    const { refused } = kept;
    return {
      ...format.write(read, { scores, more }),
      scored: scores.length,
      quarantined: read.quarantined + kept.removed,
      refusals: refused.length === 0 ? read.refused : [...read.refused, ...refused].sort((a, b) => a.line - b.line),
      lines: read.lines,
      unexpected: read.unexpected.filter((name) => valuation?.knows(name) !== true),
    };
  };
  // One task at a time: they share the columns.
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(() => work(task));
    last = result.catch(() => undefined);
    return result;
  };
}

function scoreFields({ added }: ScoringPlan, { target }: Contract, predictor: Predictor): ScoreFields {
  const names = added.map(({ name }) => name);
  if (target.kind !== "binary") return { names, decide: undefined };
  const threshold = predictor.threshold ?? 0.5;
  const [positive = "", negative = ""] = [target.positive[0], target.negative[0]];
  return { names, decide: (value) => (value >= threshold ? positive : negative) };
}

type WrittenRows = Pick<ScoredTask, "output" | "rowGroup">;

/** Reads tasks of one format and writes what was read. */
interface TableFormat {
  read(task: ScoringTask): Promise<ReadRows> | ReadRows;
  write(read: ReadRows, scored: RowScores): WrittenRows;
  /** What a row says, for the lifetime value. */
  said(read: ReadRows, row: number): SaidRow;
}

interface TableParts {
  readonly plan: ScoringPlan;
  readonly contract: Contract;
  readonly predictor: Predictor;
  readonly columns: ScoringColumns;
  readonly fields: ScoreFields;
}

async function tableFormat(parts: TableParts): Promise<TableFormat> {
  const { plan, contract, columns, fields } = parts;
  const { input, output } = plan;
  const written = await rowWriter(parts);
  if (input.format === "csv") {
    const fieldCount = await fieldCountProblem(contract, input);
    const reader = new CsvReader(contract, columns, { ...input, fieldCount });
    const continuation = new CsvContinuation(fields, input.delimiter);
    return {
      read: (task) => reader.read(bytesOf(task)),
      write: (read, scored) =>
        output === "csv"
          ? { output: continuation.write(read as CsvRows, scored) }
          : written(csvTexts(read as CsvRows, input.delimiter), scored),
      said: (read, row) => {
        const { fields: texts } = splitRecord(read.textOf(row), input.delimiter);
        return { text: ({ name }) => texts[input.header.indexOf(name)] ?? "" };
      },
    };
  }
  if (input.format === "ndjson") {
    const reader = new NdjsonReader(contract, columns);
    return {
      read: (task) => reader.read(bytesOf(task)),
      write: (read, scored) => {
        const rows = read as NdjsonRows;
        if (output === "ndjson") return { output: continueNdjson(fields, rows, scored) };
        return written((row, column) => rows.objects[row]?.[plan.passed[column]?.name ?? ""], scored);
      },
      said: (read, row) => ({ object: (read as NdjsonRows).objects[row] ?? {} }),
    };
  }
  const { parquetMetadataAsync } = await import("hyparquet");
  const source = parquetSource(input.file);
  const metadata = await parquetMetadataAsync(source);
  const reader = new ParquetReader(contract, columns, { source, metadata, names: input.columns });
  return {
    read: (task) => ("rowStart" in task ? reader.read(task.rowStart, task.rowEnd) : reader.read(0, 0)),
    write: (read, scored) => written((row, column) => (read as ParquetRows).records[row]?.[column], scored),
    said: (read, row) => {
      const record = (read as ParquetRows).records[row] ?? [];
      return { text: (spec) => cellText(record[input.columns.indexOf(spec.name)], spec) };
    },
  };
}

function bytesOf(task: ScoringTask): Uint8Array {
  return "bytes" in task ? task.bytes : new Uint8Array(0);
}

/** Gives the values of a row's columns as the input has them. */
type RawCells = (row: number, column: number) => unknown;

/** Writes rows value by value, for an output in another format than the input. */
async function rowWriter(parts: TableParts): Promise<(raw: RawCells, scored: RowScores) => WrittenRows> {
  const { plan, contract, fields } = parts;
  const { passed } = plan;
  if (plan.output === "csv") {
    return (raw, scored) => ({ output: csvLines(passed, cells(parts, raw), { fields, contract, scored }) });
  }
  if (plan.output === "ndjson") {
    return (raw, scored) => ({ output: ndjsonLines(passed, cells(parts, raw), { fields, scored }) });
  }
  const encoder = new RowGroupEncoder(await import("hyparquet-writer"), { passed, scores: plan.added });
  return (raw, scored) => {
    if (scored.scores.length === 0) return { output: new Uint8Array(0) };
    const { bytes, group } = encoder.encode(parquetColumns(passed, cells(parts, raw), { fields, scored }));
    return { output: bytes, rowGroup: group };
  };
}

/** Splits the records of one task again, each once. */
function csvTexts(read: CsvRows, delimiter: string): RawCells {
  const split: (readonly string[])[] = [];
  return (row, column) => {
    split[row] ??= splitRecord(read.textOf(row), delimiter).fields;
    return split[row][column];
  };
}

/** Canonical values of features; other columns as the input has them. */
function cells({ plan, columns, predictor }: TableParts, raw: RawCells): CellOf {
  const { passed, contract, value } = plan;
  const worths = passed.map(
    ({ name }) => value?.contract.columns.find((column) => column.name === name) as Column | undefined,
  );
  const features = passed.map(({ name }) => contract.columns.findIndex((column) => column.name === name));
  const categories = passed.map(({ name }) => predictor.columns.find((column) => column.name === name)?.categories);
  return (row, place) => {
    const feature = features[place] as number;
    const spec = contract.columns[feature] as Column | undefined;
    const worth = worths[place];
    if (spec === undefined && worth !== undefined)
      return canonicalCell(worth, cellText(raw(row, place), worth), plan.value);
    if (spec === undefined || spec.type === "category") {
      const code = spec === undefined ? UNKNOWN : ((columns.values[feature] as Int32Array)[row] as number);
      if (code === MISSING) return null;
      if (code >= 0) return categories[place]?.[code] ?? null;
      const value = raw(row, place);
      if (typeof value === "number" || typeof value === "boolean") return value;
      if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
      const text = cellText(value);
      return spec !== undefined ? text.trim() : text === "" ? null : text;
    }
    const value = (columns.values[feature] as Float64Array)[row] as number;
    if (Number.isNaN(value)) return null;
    return spec.type === "boolean" ? value === 1 : value;
  };
}

/** The value of a column that only the lifetime value knows, whose row was checked. */
function canonicalCell(spec: Column, said: string, value: ValuePlan | undefined): ReturnType<CellOf> {
  const text = said.trim();
  if (text === "" || value?.contract.missing.includes(text) === true) return null;
  if (spec.type === "boolean") return spec.true.includes(text);
  return spec.type === "category" ? text : Number(text);
}

/** Scores the rows; one with a value that the model cannot take is refused as one that breaks the contract is. */
function score(
  predictor: Predictor,
  columns: ScoringColumns,
  kept: KeptRows,
  values: (number | undefined)[] | undefined,
): Float64Array {
  for (;;) {
    try {
      return predictor.predictColumns(columns.batch(kept.rows));
    } catch (error) {
      if (!(error instanceof PredictorInputError) || error.row === undefined) throw error;
      kept.refuse(error.row, [modelProblem(error)]);
      values?.splice(error.row, 1);
    }
  }
}
