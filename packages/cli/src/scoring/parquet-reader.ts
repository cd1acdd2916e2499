import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type Column, type Contract, type RowChecker, type RowProblem, rowChecker } from "@sagewright/contract";
import type { FileMetaData } from "hyparquet" with { "resolution-mode": "import" };
import type { ScoringColumns } from "./columns";
import type { Refusal } from "./plan";
import { csvField, refusals } from "./refusal";
import type { ReadRows } from "./rows";

/** A Parquet file on disk, as hyparquet reads it. */
export interface ParquetSource {
  readonly byteLength: number;
  slice(start: number, end?: number): ArrayBuffer;
}

/** Reads ranges of a file's bytes on demand. */
export function parquetSource(file: string): ParquetSource & { close(): void } {
  const descriptor = openSync(file, "r");
  const byteLength = fstatSync(descriptor).size;
  return {
    byteLength,
    slice(start, end = byteLength) {
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const read = readSync(descriptor, bytes, filled, bytes.length - filled, start + filled);
        if (read === 0) break;
        filled += read;
      }
      return bytes.buffer;
    },
    close: () => closeSync(descriptor),
  };
}

/** Rows of a Parquet file: their values, in the order of the file's columns. */
export interface ParquetRows extends ReadRows {
  readonly records: readonly (readonly unknown[])[];
}

/** Checks rows of a Parquet file as a CSV of its values would be checked; null and NaN are missing values. */
export class ParquetReader {
  readonly #checker: RowChecker;
  readonly #features: readonly { readonly spec: Column; readonly place: number }[];

  constructor(
    contract: Contract,
    readonly columns: ScoringColumns,
    private readonly input: {
      readonly source: ParquetSource;
      readonly metadata: FileMetaData;
      readonly names: readonly string[];
    },
  ) {
    this.#checker = rowChecker(contract);
    this.#features = contract.columns.map((spec) => ({ spec, place: input.names.indexOf(spec.name) }));
  }

  /** Reads rows `rowStart` to `rowEnd`, which lie in one row group. */
  async read(rowStart: number, rowEnd: number): Promise<ParquetRows> {
    const [{ parquetRead }, { compressors }] = await Promise.all([
      import("hyparquet"),
      import("hyparquet-compressors"),
    ]);
    let read: readonly (readonly unknown[])[] = [];
    await parquetRead({
      file: this.input.source,
      metadata: this.input.metadata,
      columns: [...this.input.names],
      rowStart,
      rowEnd,
      compressors,
      onComplete: (rows: unknown[][]) => {
        read = rows;
      },
    });
    this.columns.reserve(read.length);
    const records: (readonly unknown[])[] = [];
    const places: number[] = [];
    const refused: Refusal[] = [];
    let quarantined = 0;
    for (const [line, record] of read.entries()) {
      const problems: RowProblem[] = [];
      const values = this.#checker.fields(
        this.#features.map(({ spec, place }) => cellText(record[place], spec)),
        problems,
      );
      if (problems.length === 0) {
        this.columns.put(records.length, values);
        records.push(record);
        places.push(line);
      } else {
        refused.push(...refusals(line, problems, recordText(record)));
        quarantined += 1;
      }
    }
    return {
      ...{ rows: records.length, refused, quarantined, lines: read.length, unexpected: [], records },
      lineOf: (row) => places[row] ?? 0,
      textOf: (row) => recordText(records[row] ?? []),
      remove(row) {
        for (const list of [records, places]) list.splice(row, 1);
      },
    };
  }
}

function recordText(record: readonly unknown[]): string {
  return record.map((cell) => csvField(cellText(cell), ",")).join(",");
}

/** A Parquet value as a CSV would spell it. */
export function cellText(value: unknown, spec?: Column): string {
  if (value === null || value === undefined || (typeof value === "number" && Number.isNaN(value))) return "";
  if (typeof value === "boolean" && spec?.type === "boolean") return (value ? spec.true[0] : spec.false[0]) ?? "";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object")
    return JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each));
  return String(value);
}
