import type { Contract } from "@sagewright/contract";
import type { CsvRows } from "./csv-reader";
import type { NdjsonRows } from "./ndjson-reader";
import type { ParquetValues, PassedColumn, TableFormat } from "./plan";
import { csvField } from "./refusal";

const LINE_FEED = 10;

/** How the score of a row is written. */
export interface ScoreFields {
  /** Names of the added columns. */
  readonly names: readonly string[];
  /** The decision's word for a score; undefined for a regression, which has none. */
  readonly decide: ((score: number) => string) | undefined;
}

/** Continues the records of a CSV by their scores; the bytes of a record stay as they are. */
export class CsvContinuation {
  readonly #delimiter: Buffer;
  readonly #words = new Map<string, Buffer>();
  #out = Buffer.alloc(0);

  constructor(
    private readonly fields: ScoreFields,
    private readonly delimiter: string,
  ) {
    this.#delimiter = Buffer.from(delimiter);
  }

  /** The output of so many rows; it is the caller's. */
  write({ bytes, starts, ends, rewritten }: CsvRows, scores: Float64Array): Uint8Array<ArrayBuffer> {
    const { decide } = this.fields;
    const delimiter = this.#delimiter[0] as number;
    let size = bytes.length;
    for (const text of rewritten.values()) size += 3 * text.length;
    const longest = decide === undefined ? 0 : this.#longestWord(scores, decide);
    size += scores.length * (30 + longest);
    if (this.#out.length < size) this.#out = Buffer.allocUnsafeSlow(size);
    const out = this.#out;
    let at = 0;
    for (let row = 0; row < scores.length; row += 1) {
      const text = rewritten.size === 0 ? undefined : rewritten.get(row);
      if (text === undefined) {
        const end = ends[row] as number;
        for (let index = starts[row] as number; index < end; index += 1) out[at++] = bytes[index] as number;
      } else {
        at += out.write(text, at);
      }
      out[at++] = delimiter;
      const score = scores[row] as number;
      const digits = String(score);
      for (let index = 0; index < digits.length; index += 1) out[at++] = digits.charCodeAt(index);
      if (decide !== undefined) {
        out[at++] = delimiter;
        const word = this.#word(decide(score));
        for (let index = 0; index < word.length; index += 1) out[at++] = word[index] as number;
      }
      out[at++] = LINE_FEED;
    }
    return Uint8Array.from(out.subarray(0, at));
  }

  #word(text: string): Buffer {
    let word = this.#words.get(text);
    if (word === undefined) {
      word = Buffer.from(csvField(text, this.delimiter));
      this.#words.set(text, word);
    }
    return word;
  }

  #longestWord(scores: Float64Array, decide: (score: number) => string): number {
    return scores.length === 0
      ? 0
      : Math.max(this.#word(decide(Infinity)).length, this.#word(decide(-Infinity)).length);
  }
}

/** Continues JSON objects, one a line, by their scores. */
export function continueNdjson(
  fields: ScoreFields,
  { objects, texts }: NdjsonRows,
  scores: Float64Array,
): Uint8Array<ArrayBuffer> {
  const lines = objects.map((object, row) => {
    const added = scoreMembers(fields, scores[row] as number);
    if (fields.names.some((name) => Object.hasOwn(object, name))) return JSON.stringify({ ...object, ...added });
    return `${(texts[row] ?? "").slice(0, -1)},${JSON.stringify(added).slice(1)}`;
  });
  return Uint8Array.from(Buffer.from(lines.map((line) => `${line}\n`).join("")));
}

/** A value of a column of the input, canonical: true and false for a boolean, null for missing. */
export type CellOf = (row: number, column: number) => number | string | boolean | null;

/** Writes rows value by value, for an output in another format than the input. */
export function writeCells(
  format: TableFormat,
  passed: readonly PassedColumn[],
  cells: CellOf,
  options: { fields: ScoreFields; contract: Contract; scores: Float64Array },
): Uint8Array<ArrayBuffer> | readonly ParquetValues[] {
  const { fields, contract, scores } = options;
  if (format === "parquet") {
    const columns = passed.map(({ type }, column) =>
      Array.from(scores, (_, row) =>
        type === "text" || type === "category" ? asText(cells(row, column)) : cells(row, column),
      ),
    );
    const { decide } = fields;
    return [...columns, scores, ...(decide === undefined ? [] : [Array.from(scores, decide)])];
  }
  const lines = Array.from(scores, (score, row) => {
    const values = passed.map((_, column) => cells(row, column));
    if (format === "ndjson") {
      const object = Object.fromEntries(passed.map(({ name }, column) => [name, values[column]]));
      return JSON.stringify({ ...object, ...scoreMembers(fields, score) });
    }
    const texts = values.map((value, column) => csvText(value, passed[column]?.name ?? "", contract));
    return [...texts, ...Object.values(scoreMembers(fields, score)).map(String)]
      .map((text) => csvField(text, ","))
      .join(",");
  });
  return Uint8Array.from(Buffer.from(lines.map((line) => `${line}\n`).join("")));
}

function scoreMembers(
  { names: [score = "", decision = ""], decide }: ScoreFields,
  value: number,
): Record<string, unknown> {
  return decide === undefined ? { [score]: value } : { [score]: value, [decision]: decide(value) };
}

function asText(value: number | string | boolean | null): string | null {
  return value === null ? null : String(value);
}

function csvText(value: number | string | boolean | null, name: string, contract: Contract): string {
  if (typeof value !== "boolean") return value === null ? "" : String(value);
  const column = contract.columns.find((each) => each.name === name);
  return (column?.type === "boolean" ? (value ? column.true[0] : column.false[0]) : undefined) ?? String(value);
}
