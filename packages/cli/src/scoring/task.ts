import { type Column, type Contract, type RowProblem, readContract } from "@sagewright/contract";
import { loadPredictor, type Predictor, PredictorInputError } from "@sagewright/predictor";
import { MISSING, ScoringColumns, UNKNOWN } from "./columns";
import { CsvReader, type CsvRows } from "./csv-reader";
import { fieldCountProblem } from "./field-count";
import { NdjsonReader, type NdjsonRows } from "./ndjson-reader";
import { cellText, ParquetReader, type ParquetRows, parquetSource } from "./parquet-reader";
import { RowGroupEncoder } from "./parquet-writer";
import { type Refusal, type ScoredTask, type ScoringPlan, type ScoringTask, scoreColumns } from "./plan";
import { splitRecord } from "./records";
import { refusals } from "./refusal";
import type { ReadRows } from "./rows";
import {
  type CellOf,
  CsvContinuation,
  continueNdjson,
  csvLines,
  ndjsonLines,
  parquetColumns,
  type ScoreFields,
} from "./writer";

/** Checks and scores one task. */
export type TaskScorer = (task: ScoringTask) => Promise<ScoredTask>;

/** Makes what a scoring thread does. */
export async function taskScorer(plan: ScoringPlan): Promise<TaskScorer> {
  const contract = readContract(JSON.stringify(plan.contract));
  const predictor = loadPredictor(plan.predictor);
  const columns = new ScoringColumns(plan.contract, predictor);
  const format = await tableFormat({ plan, contract, predictor, columns, fields: scoreFields(contract, predictor) });
  const work = async (task: ScoringTask): Promise<ScoredTask> => {
    const read = await format.read(task);
    const { scores, refused } = score(predictor, columns, read);
    return {
      ...format.write(read, scores),
      scored: scores.length,
      quarantined: read.quarantined + refused.length,
      refusals: refused.length === 0 ? read.refused : [...read.refused, ...refused].sort((a, b) => a.line - b.line),
      lines: read.lines,
      unexpected: read.unexpected,
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

function scoreFields({ target }: Contract, predictor: Predictor): ScoreFields {
  const names = scoreColumns(target);
  if (target.kind !== "binary") return { names, decide: undefined };
  const threshold = predictor.threshold ?? 0.5;
  const [positive = "", negative = ""] = [target.positive[0], target.negative[0]];
  return { names, decide: (value) => (value >= threshold ? positive : negative) };
}

type WrittenRows = Pick<ScoredTask, "output" | "rowGroup">;

/** Reads tasks of one format and writes what was read. */
interface TableFormat {
  read(task: ScoringTask): Promise<ReadRows> | ReadRows;
  write(read: ReadRows, scores: Float64Array): WrittenRows;
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
      write: (read, scores) =>
        output === "csv"
          ? { output: continuation.write(read as CsvRows, scores) }
          : written(csvTexts(read as CsvRows, input.delimiter), scores),
    };
  }
  if (input.format === "ndjson") {
    const reader = new NdjsonReader(contract, columns);
    return {
      read: (task) => reader.read(bytesOf(task)),
      write: (read, scores) => {
        const rows = read as NdjsonRows;
        if (output === "ndjson") return { output: continueNdjson(fields, rows, scores) };
        return written((row, column) => rows.objects[row]?.[plan.passed[column]?.name ?? ""], scores);
      },
    };
  }
  const { parquetMetadataAsync } = await import("hyparquet");
  const source = parquetSource(input.file);
  const metadata = await parquetMetadataAsync(source);
  const reader = new ParquetReader(contract, columns, { source, metadata, names: input.columns });
  return {
    read: (task) => ("rowStart" in task ? reader.read(task.rowStart, task.rowEnd) : reader.read(0, 0)),
    write: (read, scores) => written((row, column) => (read as ParquetRows).records[row]?.[column], scores),
  };
}

function bytesOf(task: ScoringTask): Uint8Array {
  return "bytes" in task ? task.bytes : new Uint8Array(0);
}

/** Gives the values of a row's columns as the input has them. */
type RawCells = (row: number, column: number) => unknown;

/** Writes rows value by value, for an output in another format than the input. */
async function rowWriter(parts: TableParts): Promise<(raw: RawCells, scores: Float64Array) => WrittenRows> {
  const { plan, contract, fields } = parts;
  const { passed } = plan;
  if (plan.output === "csv") {
    return (raw, scores) => ({ output: csvLines(passed, cells(parts, raw), { fields, contract, scores }) });
  }
  if (plan.output === "ndjson") {
    return (raw, scores) => ({ output: ndjsonLines(passed, cells(parts, raw), { fields, scores }) });
  }
  const encoder = new RowGroupEncoder(await import("hyparquet-writer"), { passed, scores: fields.names });
  return (raw, scores) => {
    if (scores.length === 0) return { output: new Uint8Array(0) };
    const { bytes, group } = encoder.encode(parquetColumns(passed, cells(parts, raw), { fields, scores }));
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
function cells({ plan: { passed, contract }, columns, predictor }: TableParts, raw: RawCells): CellOf {
  const features = passed.map(({ name }) => contract.columns.findIndex((column) => column.name === name));
  const categories = passed.map(({ name }) => predictor.columns.find((column) => column.name === name)?.categories);
  return (row, place) => {
    const feature = features[place] as number;
    const spec = contract.columns[feature] as Column | undefined;
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

/** Scores the rows; one with a value that the model cannot take is refused as one that breaks the contract is. */
function score(
  predictor: Predictor,
  columns: ScoringColumns,
  read: ReadRows,
): { scores: Float64Array; refused: Refusal[] } {
  const refused: Refusal[] = [];
  for (let { rows } = read; ; rows -= 1) {
    try {
      return { scores: predictor.predictColumns(columns.batch(rows)), refused };
    } catch (error) {
      if (!(error instanceof PredictorInputError) || error.row === undefined) throw error;
      refused.push(...refusals(read.lineOf(error.row), [modelProblem(error)], read.textOf(error.row)));
      read.remove(error.row);
      columns.remove(error.row, rows);
    }
  }
}

function modelProblem({ column, problem }: PredictorInputError): RowProblem {
  const allowed = "a value that the model was trained for";
  const message = `${column}: ${problem}. Give ${allowed}.`;
  return { code: "not_a_number", column, value: undefined, message, allowed };
}
