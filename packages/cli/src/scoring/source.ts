import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { crc32 } from "node:zlib";
import { type Contract, checkRows, openCsv } from "@sagewright/contract";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { inputChanged } from "./errors";
import { parquetSource } from "./parquet-reader";
import type { InputPlan, PassedColumn, ScoringTask, TableFormat } from "./plan";
import { firstRecordEnd, lastRecordEnd } from "./records";
import { csvField } from "./refusal";

/** Bytes of one task: small enough that little waits for the last one, large enough that handing it over costs nothing. */
const TASK_BYTES = 1 << 20;
/** More than any record: a longer one is a quote that was left open, and would be read into memory to the end. */
const RECORD_BYTES = 1 << 26;
const PARQUET_TASK_ROWS = 1 << 13;

/** A file of rows, cut into tasks of whole records. */
export interface ScoringSource {
  readonly input: InputPlan;
  readonly passed: readonly PassedColumn[];
  /** The header of the output when it continues the input's records. */
  readonly header: string;
  readonly warnings: readonly string[];
  /** Where the first record starts, and where the file ends: bytes, or rows of Parquet. */
  readonly start: number;
  readonly end: number;
  /** The line of the first record; the header is line 1. */
  readonly firstLine: number;
  /** The task that starts at `position`, where `checksum` is that of all before it; undefined at the end. */
  task(position: number, checksum: number): CutTask | undefined;
  /** The checksum of the input before `position`. */
  checksum(position: number): number;
  /** What the contract's reader says of a piece that is no text; `line` is its first line. */
  refuse(position: number, next: number, line: number): Promise<Error>;
  /** Whether the file is another than when it was opened. */
  changed(): boolean;
  close(): void;
}

/** A task, where the next one starts, and the checksum of the input up to there. */
export interface CutTask {
  readonly task: ScoringTask;
  readonly next: number;
  readonly checksum: number;
}

/** The format that a file's name says. */
export function tableFormat(file: string): TableFormat {
  if (/\.(ndjson|jsonl)$/i.test(file)) return "ndjson";
  return /\.(parquet|pq)$/i.test(file) ? "parquet" : "csv";
}

/**
 * Opens a file of customers and checks what can be known before its rows: that it is text, that the contract's columns
 * are there.
 *
 * @param options.name how messages call the file
 * @param options.taskBytes about how long a task is, where records allow it
 * @throws DataSetError as `checkRows` does
 */
export async function openSource(
  contract: Contract,
  file: string,
  { name, taskBytes = TASK_BYTES }: { readonly name: string; readonly taskBytes?: number },
): Promise<ScoringSource> {
  const format = tableFormat(file);
  if (format === "parquet") return openParquet(contract, file, name);
  const descriptor = openSync(file, "r");
  const { size, mtimeMs } = fstatSync(descriptor);
  const bytes = (from: number, to: number) => readBytes(descriptor, from, to);
  const close = () => closeSync(descriptor);
  const changed = () => {
    const now = fstatSync(descriptor);
    return now.size !== size || now.mtimeMs !== mtimeMs;
  };
  const opened = { size, bytes, name, taskBytes, changed, close };
  try {
    refuseCompressed(bytes(0, 4), name);
    return await (format === "csv" ? openCsvSource(contract, opened) : openNdjson(contract, opened));
  } catch (error) {
    close();
    throw error;
  }
}

/** What packed files begin with, and what unpacks them. */
const PACKED = [
  { begins: [0x1f, 0x8b], name: "gzip", unpack: "gunzip -k" },
  { begins: [0x28, 0xb5, 0x2f, 0xfd], name: "Zstandard", unpack: "unzstd" },
  { begins: [0xfd, 0x37, 0x7a, 0x58], name: "xz", unpack: "unxz -k" },
  { begins: [0x42, 0x5a, 0x68], name: "bzip2", unpack: "bunzip2 -k" },
];

/** A packed file can only be read from its beginning, which an interrupted run could not go on from. */
function refuseCompressed(head: Buffer, file: string): void {
  const packed = PACKED.find(({ begins }) => begins.every((byte, index) => head[index] === byte));
  if (packed === undefined) return;
  throw new CliError({
    code: "file_compressed",
    subject: file,
    message: `it is packed with ${packed.name}`,
    fix: `unpack it first: ${packed.unpack} ${file}`,
    exitCode: exitCodes.invalid,
  });
}

interface ByteFile {
  readonly size: number;
  readonly name: string;
  readonly taskBytes: number;
  bytes(from: number, to: number): Buffer<ArrayBuffer>;
  changed(): boolean;
  close(): void;
}

async function openCsvSource(contract: Contract, file: ByteFile): Promise<ScoringSource> {
  const { size, bytes, name } = file;
  const hint = contract.csv?.delimiter;
  let head: Buffer;
  let end: number;
  let table: Awaited<ReturnType<typeof openCsv>>;
  for (let length = 1 << 16; ; length *= 4) {
    head = bytes(0, Math.min(length, size));
    table = await openCsv(head, hint === undefined ? { name } : { name, delimiter: hint });
    end = firstRecordEnd(head, table.delimiter.charCodeAt(0), bomLength(head));
    if (end >= 0 || length >= size) break;
  }
  if (end < 0) end = size;
  const { header, delimiter } = table;
  const first = head.subarray(bomLength(head), end).toString("utf8");
  const line = first.replace(/^[\r\n]+|[\r\n]+$/g, "");
  const warnings = await headerWarnings(contract, { line, width: header.length, delimiter, name });
  const code = delimiter.charCodeAt(0);
  const types = new Map(contract.columns.map((column) => [column.name, column.type]));
  return {
    input: { format: "csv", delimiter, header },
    passed: header.map((each) => ({ name: each, type: types.get(each) ?? "text" })),
    header: line,
    warnings,
    ...{ start: end, end: size, firstLine: 1 + (first.match(/\r\n|\r|\n/g)?.length ?? 0) },
    task: byteTasks(file, (piece) => lastRecordEnd(piece, code)),
    checksum: byteChecksum(file, end),
    refuse: (position, next, before) => refusal(file, { position, next, before, delimiter }),
    changed: file.changed,
    close: file.close,
  };
}

async function openNdjson(contract: Contract, file: ByteFile): Promise<ScoringSource> {
  const start = bomLength(file.bytes(0, Math.min(3, file.size)));
  if (
    file
      .bytes(start, Math.min(file.size, start + 4096))
      .toString("utf8")
      .trim() === "" &&
    file.size <= start + 4096
  ) {
    await openCsv("", { name: file.name });
  }
  const types = new Map(contract.columns.map((column) => [column.name, column.type]));
  const names = [...contract.id, ...types.keys()];
  return {
    input: { format: "ndjson" },
    passed: names.map((name) => ({ name, type: types.get(name) ?? "text" })),
    header: "",
    warnings: [],
    ...{ start, end: file.size, firstLine: 1 },
    task: byteTasks(file, (piece) => ({ end: piece.lastIndexOf(10) + 1 || -1, open: false })),
    checksum: byteChecksum(file, start),
    refuse: (position, next, before) => refusal(file, { position, next, before, delimiter: "," }),
    changed: file.changed,
    close: file.close,
  };
}

async function openParquet(contract: Contract, file: string, name: string): Promise<ScoringSource> {
  const { parquetMetadataAsync, parquetSchema } = await import("hyparquet");
  const { size, mtimeMs } = statSync(file);
  const source = parquetSource(file);
  const metadata = await parquetMetadataAsync(source).catch((cause: Error) => {
    throw new CliError({
      code: "file_unreadable",
      subject: name,
      message: `this is no Parquet file that can be read: ${cause.message}`,
      exitCode: exitCodes.invalid,
      cause,
    });
  });
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const line = names.map((each) => csvField(each, ",")).join(",");
  const warnings = await headerWarnings(contract, { line, width: names.length, delimiter: ",", name });
  const types = new Map(contract.columns.map((column) => [column.name, column.type]));
  const groups = metadata.row_groups.map(({ num_rows }) => Number(num_rows));
  const footer = crc32(Buffer.from(source.slice(Math.max(0, source.byteLength - TASK_BYTES))));
  source.close();
  const rows = groups.reduce((sum, count) => sum + count, 0);
  return {
    input: { format: "parquet", file, columns: names },
    passed: names.map((each) => ({ name: each, type: types.get(each) ?? "text" })),
    header: "",
    warnings,
    ...{ start: 0, end: rows, firstLine: 1 },
    task(position, checksum) {
      let groupEnd = 0;
      for (const count of groups) {
        groupEnd += count;
        if (position >= groupEnd) continue;
        const next = Math.min(groupEnd, position + PARQUET_TASK_ROWS);
        return { task: { rowStart: position, rowEnd: next }, next, checksum };
      }
      return undefined;
    },
    checksum: () => footer,
    refuse: async () => new Error(`${name}: rows of it are no text`),
    changed: () => {
      const now = statSync(file);
      return now.size !== size || now.mtimeMs !== mtimeMs;
    },
    close: () => undefined,
  };
}

/** Missing columns are an error and unknown ones a warning: the contract's own check of a header says so. */
async function headerWarnings(
  contract: Contract,
  { line, width, delimiter, name }: { line: string; width: number; delimiter: string; name: string },
): Promise<readonly string[]> {
  const named = { ...contract, csv: { delimiter }, toJSON: () => contract.toJSON() } as Contract;
  // A row with a field too many is put aside, so that nothing but the header is judged.
  const rows = checkRows(
    named,
    `${line}\n${Array(width + 1)
      .fill("x")
      .join(delimiter)}`,
    { name, target: false },
  );
  for (let next = await rows.next(); ; next = await rows.next()) {
    if (next.done === true) return next.value.warnings.map(({ message }) => message);
  }
}

function byteTasks(file: ByteFile, cut: (piece: Buffer) => { end: number; open: boolean }): ScoringSource["task"] {
  return (position, checksum) => {
    if (position >= file.size) return undefined;
    for (let length = file.taskBytes; ; length *= 4) {
      const next = Math.min(file.size, position + length);
      const piece = file.bytes(position, next);
      if (piece.length < next - position) throw inputChanged(file.name);
      const last = next === file.size;
      const { end, open } = last ? { ...cut(piece), end: piece.length } : cut(piece);
      if (end > 0) {
        const bytes = piece.subarray(0, end);
        const after = crc32(bytes, checksum);
        return { task: { bytes: last && !open ? terminated(bytes) : bytes }, next: position + end, checksum: after };
      }
      if (length >= RECORD_BYTES) throw recordTooLong(file.name, position);
    }
  };
}

/** The last record of a file as if a line end followed, which changes nothing. */
function terminated(piece: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const last = piece[piece.length - 1];
  if (last === 10 || last === 13) return piece;
  const longer = Buffer.allocUnsafeSlow(piece.length + 1);
  piece.copy(longer);
  longer[piece.length] = 10;
  return longer;
}

function recordTooLong(name: string, position: number): CliError {
  return new CliError({
    code: "file_record_too_long",
    subject: name,
    message: `the record at byte ${position} is longer than ${RECORD_BYTES >> 20} MB`,
    why: "most likely a quote is opened there and never closed",
    fix: "close or remove the quote",
    exitCode: exitCodes.invalid,
  });
}

function byteChecksum(file: ByteFile, start: number): ScoringSource["checksum"] {
  return (position) => {
    let sum = 0;
    for (let at = start; at < position; at += TASK_BYTES) {
      sum = crc32(file.bytes(at, Math.min(position, at + TASK_BYTES)), sum);
    }
    return sum;
  };
}

async function refusal(
  file: ByteFile,
  { position, next, before, delimiter }: { position: number; next: number; before: number; delimiter: string },
): Promise<Error> {
  const options = { name: file.name, delimiter: delimiter as "," };
  try {
    // Empty lines before the piece give its lines their numbers in the file.
    const { batches } = await openCsv(["x", "\n".repeat(before - 1), file.bytes(position, next)], options);
    for await (const _ of batches);
  } catch (error) {
    return error as Error;
  }
  return new Error(`${file.name} cannot be read as text at byte ${position}`);
}

function bomLength(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** Bytes in memory of their own, which a thread may be given. */
function readBytes(descriptor: number, from: number, to: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(Math.max(0, to - from));
  let filled = 0;
  while (filled < bytes.length) {
    const read = readSync(descriptor, bytes, filled, bytes.length - filled, from + filled);
    if (read === 0) return bytes.subarray(0, filled);
    filled += read;
  }
  return bytes;
}
