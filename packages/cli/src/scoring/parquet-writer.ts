import { deserialize, serialize } from "node:v8";
import type { ColumnSource, ParquetWriter } from "hyparquet-writer" with { "resolution-mode": "import" };
import type { ParquetValues, PassedColumn } from "./plan";

/** Makes the bytes of a Parquet file, one row group for each task, and can go on with one that was interrupted. */
export class ParquetEncoder {
  readonly #types: readonly { name: string; type: "DOUBLE" | "STRING" | "BOOLEAN" }[];
  readonly #writer: ParquetWriter;
  readonly #bytes: InstanceType<
    typeof import("hyparquet-writer", { with: { "resolution-mode": "import" }})["ByteWriter"]
  >;

  constructor(
    module: typeof import("hyparquet-writer", { with: { "resolution-mode": "import" }}),
    columns: readonly PassedColumn[],
    scoreNames: readonly string[],
    state?: string,
  ) {
    this.#types = [
      ...columns.map(({ name, type }) => ({ name, type: parquetType(type) })),
      ...scoreNames.map((name, index) => ({ name, type: index === 0 ? ("DOUBLE" as const) : ("STRING" as const) })),
    ];
    const schema = module.schemaFromColumnData({
      columnData: this.#types.map((each): ColumnSource => ({ ...each, data: [], nullable: true })),
    });
    this.#bytes = new module.ByteWriter();
    this.#writer = new module.ParquetWriter({ writer: this.#bytes, schema, createdBy: "sagewright" });
    if (state === undefined) return;
    const { groups, rows, offset } = deserialize(Buffer.from(state, "base64"));
    this.#writer.row_groups.push(...groups);
    this.#writer.num_rows = rows;
    // The file's first bytes are on the disk already.
    this.#bytes.offset = offset;
    this.#bytes.index = 0;
  }

  /** The bytes of one more row group. */
  write(columns: readonly ParquetValues[]): Uint8Array {
    const rows = columns[0]?.length ?? 0;
    if (rows > 0) {
      const columnData = this.#types.map(({ name }, index): ColumnSource => {
        return { name, data: columns[index] as ColumnSource["data"], offsetIndex: false };
      });
      this.#writer.write({ columnData, rowGroupSize: rows });
      this.#writer.pendingIndexes.length = 0;
    }
    return this.#drain();
  }

  /** The bytes that end the file. */
  finish(): Uint8Array {
    this.#writer.finish();
    return this.#drain();
  }

  /** What {@link ParquetEncoder} goes on from: the places of the row groups written so far. */
  state(): string {
    const { row_groups: groups, num_rows: rows } = this.#writer;
    return serialize({ groups, rows, offset: this.#bytes.offset }).toString("base64");
  }

  #drain(): Uint8Array {
    const bytes = Uint8Array.from(this.#bytes.getBytes());
    this.#bytes.index = 0;
    return bytes;
  }
}

function parquetType(type: PassedColumn["type"]): "DOUBLE" | "STRING" | "BOOLEAN" {
  if (type === "number" || type === "integer") return "DOUBLE";
  return type === "boolean" ? "BOOLEAN" : "STRING";
}
