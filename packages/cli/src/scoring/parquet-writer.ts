import { deserialize, serialize } from "node:v8";
import type { RowGroup } from "hyparquet" with { "resolution-mode": "import" };
import type { ByteWriter, ColumnSource, ParquetWriter } from "hyparquet-writer" with { "resolution-mode": "import" };
import type { AddedColumn, ParquetValues, PassedColumn } from "./plan";

type WriterModule = typeof import("hyparquet-writer", { with: { "resolution-mode": "import" }});

/** Some rows as Parquet bytes that may lie anywhere in the file; their description counts from their first byte. */
export interface EncodedRows {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly group: RowGroup;
}

/** The columns of Parquet output: those of the input, and the scores behind them. */
export interface ParquetColumns {
  readonly passed: readonly PassedColumn[];
  readonly scores: readonly AddedColumn[];
}

/** Encodes row groups one by one; the threads do this, because it is most of the work. */
export class RowGroupEncoder {
  readonly #names: readonly string[];
  readonly #writer: ParquetWriter;
  readonly #bytes: ByteWriter;

  constructor(module: WriterModule, columns: ParquetColumns) {
    this.#names = typesOf(columns).map(({ name }) => name);
    ({ writer: this.#writer, bytes: this.#bytes } = openWriter(module, columns));
  }

  /** Encodes at least one row. */
  encode(columns: readonly ParquetValues[]): EncodedRows {
    this.#bytes.offset = 0;
    this.#bytes.index = 0;
    const columnData = this.#names.map((name, index): ColumnSource => {
      return { name, data: columns[index] as ColumnSource["data"], offsetIndex: false };
    });
    this.#writer.write({ columnData, rowGroupSize: columns[0]?.length ?? 0 });
    this.#writer.pendingIndexes.length = 0;
    const [group] = this.#writer.row_groups.splice(0);
    if (group === undefined) throw new Error("a Parquet row group needs at least one row");
    return { bytes: this.#bytes.getBytes().slice(), group };
  }
}

/** What surrounds the row groups of a Parquet file: its first bytes and its footer. It can go on with an interrupted file. */
export class ParquetFrame {
  readonly #writer: ParquetWriter;
  readonly #bytes: ByteWriter;
  /** Descriptions of the row groups, packed: a long file has many, and nothing looks at them before the end. */
  readonly #groups: Buffer[];

  constructor(module: WriterModule, columns: ParquetColumns, state?: string) {
    ({ writer: this.#writer, bytes: this.#bytes } = openWriter(module, columns));
    const kept = state === undefined ? undefined : deserialize(Buffer.from(state, "base64"));
    this.#groups = kept?.groups ?? [];
    if (kept !== undefined) this.#bytes.offset = kept.offset;
  }

  /** The bytes that begin the file. */
  head(): Uint8Array {
    return this.#bytes.getBytes().slice();
  }

  /** Notes a row group whose bytes were put behind those before. */
  add({ bytes, group }: EncodedRows): void {
    const start = BigInt(this.#bytes.offset);
    const columns = group.columns.map(({ file_offset, meta_data, ...rest }) => ({
      ...rest,
      file_offset: file_offset + start,
      ...(meta_data === undefined ? {} : { meta_data: moved(meta_data, start) }),
    }));
    this.#groups.push(serialize({ ...group, columns }));
    this.#bytes.offset += bytes.length;
  }

  /** The bytes that end the file. */
  finish(): Uint8Array {
    for (const group of this.#groups) {
      const described = deserialize(group) as RowGroup;
      this.#writer.row_groups.push(described);
      this.#writer.num_rows += described.num_rows;
    }
    this.#bytes.index = 0;
    this.#writer.finish();
    return this.#bytes.getBytes();
  }

  /** What {@link ParquetFrame} goes on from: the row groups so far. */
  state(): string {
    return serialize({ groups: this.#groups, offset: this.#bytes.offset }).toString("base64");
  }
}

function moved(meta: NonNullable<RowGroup["columns"][number]["meta_data"]>, start: bigint): typeof meta {
  const { data_page_offset, dictionary_page_offset } = meta;
  return {
    ...meta,
    data_page_offset: data_page_offset + start,
    ...(dictionary_page_offset === undefined ? {} : { dictionary_page_offset: dictionary_page_offset + start }),
  };
}

function openWriter(module: WriterModule, columns: ParquetColumns): { writer: ParquetWriter; bytes: ByteWriter } {
  const schema = module.schemaFromColumnData({
    columnData: typesOf(columns).map((each): ColumnSource => ({ ...each, data: [], nullable: true })),
  });
  const bytes = new module.ByteWriter();
  return { writer: new module.ParquetWriter({ writer: bytes, schema, createdBy: "sagewright" }), bytes };
}

function typesOf({ passed, scores }: ParquetColumns): { name: string; type: "DOUBLE" | "STRING" | "BOOLEAN" }[] {
  return [
    ...passed.map(({ name, type }) => ({ name, type: parquetType(type) })),
    ...scores.map(({ name, type }) => ({ name, type: parquetType(type) })),
  ];
}

function parquetType(type: PassedColumn["type"]): "DOUBLE" | "STRING" | "BOOLEAN" {
  if (type === "number" || type === "integer") return "DOUBLE";
  return type === "boolean" ? "BOOLEAN" : "STRING";
}
