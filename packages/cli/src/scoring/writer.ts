import type { Contract } from "@sagewright/contract";
import type { CsvRows } from "./csv-reader";
import type { NdjsonRows } from "./ndjson-reader";
import type { ParquetValues, PassedColumn } from "./plan";
import { csvField } from "./refusal";

const LINE_FEED = 10;
const encoder = new TextEncoder();

/** How the score of a row is written. */
export interface ScoreFields {
  /** Names of the added columns. */
  readonly names: readonly string[];
  /** The decision's word for a score; undefined for a regression, which has none. */
  readonly decide: ((score: number) => string) | undefined;
}

/** What a row gets beside its score and its decision, by the rest of the added columns. */
export type MoreCells = readonly (string | number | null)[];

/** The scores of the rows of one task. */
export interface RowScores {
  readonly scores: Float64Array;
  /** @default rows get nothing beside */
  readonly more?: readonly MoreCells[] | undefined;
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
  write({ bytes, starts, ends, rewritten }: CsvRows, { scores, more }: RowScores): Uint8Array<ArrayBuffer> {
    const { decide } = this.fields;
    const besides = more?.map((cells) => this.#text(cells));
    const delimiter = this.#delimiter[0] as number;
    let size = bytes.length;
    for (const text of rewritten.values()) size += 3 * text.length;
    for (const text of besides ?? []) size += 3 * text.length;
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
      if (besides !== undefined) at += out.write(besides[row] as string, at);
      out[at++] = LINE_FEED;
    }
    return new Uint8Array(out.subarray(0, at));
  }

  #text(cells: MoreCells): string {
    return cells
      .map((cell) => `${this.delimiter}${cell === null ? "" : csvField(String(cell), this.delimiter)}`)
      .join("");
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
  scored: RowScores,
): Uint8Array<ArrayBuffer> {
  const lines = objects.map((object, row) => {
    const added = scoreMembers(fields, scored, row);
    if (fields.names.some((name) => Object.hasOwn(object, name))) return JSON.stringify({ ...object, ...added });
    return `${(texts[row] ?? "").slice(0, -1)},${JSON.stringify(added).slice(1)}`;
  });
  return encoder.encode(lines.map((line) => `${line}\n`).join(""));
}

/** A value of a column of the input, canonical: true and false for a boolean, null for missing. */
export type CellOf = (row: number, column: number) => number | string | boolean | null;

/** Gives rows column by column, as Parquet keeps them; the scores are the last columns. */
export function parquetColumns(
  passed: readonly PassedColumn[],
  cells: CellOf,
  { fields: { names, decide }, scored: { scores, more } }: { fields: ScoreFields; scored: RowScores },
): ParquetValues[] {
  const columns = passed.map(({ type }, column) => {
    const text = type === "text" || type === "category";
    return Array.from(scores, (_, row) => (text ? asText(cells(row, column)) : cells(row, column)));
  });
  const own = [scores, ...(decide === undefined ? [] : [Array.from(scores, decide)])];
  const besides =
    more === undefined ? [] : names.slice(own.length).map((_, place) => more.map((row) => row[place] ?? null));
  return [...columns, ...own, ...besides];
}

/** Writes rows value by value as JSON objects, one a line. */
export function ndjsonLines(
  passed: readonly PassedColumn[],
  cells: CellOf,
  { fields, scored }: { fields: ScoreFields; scored: RowScores },
): Uint8Array<ArrayBuffer> {
  const names = passed.map(({ name }) => `${JSON.stringify(name)}:`);
  let text = "";
  for (const row of scored.scores.keys()) {
    text += "{";
    for (const [column, name] of names.entries()) text += `${name}${JSON.stringify(cells(row, column))},`;
    text += `${JSON.stringify(scoreMembers(fields, scored, row)).slice(1)}\n`;
  }
  return encoder.encode(text);
}

/** Writes rows value by value as records of a CSV. */
export function csvLines(
  passed: readonly PassedColumn[],
  cells: CellOf,
  { fields, contract, scored }: { fields: ScoreFields; contract: Contract; scored: RowScores },
): Uint8Array<ArrayBuffer> {
  let text = "";
  for (const row of scored.scores.keys()) {
    const values = passed.map(({ name }, column) => csvText(cells(row, column), name, contract));
    const record = [...values, ...Object.values(scoreMembers(fields, scored, row)).map((value) => String(value ?? ""))];
    text += `${record.map((field) => csvField(field, ",")).join(",")}\n`;
  }
  return encoder.encode(text);
}

function scoreMembers(
  { names, decide }: ScoreFields,
  { scores, more }: RowScores,
  row: number,
): Record<string, string | number | null> {
  const score = scores[row] as number;
  const cells = [score, ...(decide === undefined ? [] : [decide(score)]), ...(more?.[row] ?? [])];
  return Object.fromEntries(names.map((name, place) => [name, cells[place] ?? null]));
}

function asText(value: number | string | boolean | null): string | null {
  return value === null ? null : String(value);
}

function csvText(value: number | string | boolean | null, name: string, contract: Contract): string {
  if (typeof value !== "boolean") return value === null ? "" : String(value);
  const column = contract.columns.find((each) => each.name === name);
  return (column?.type === "boolean" ? (value ? column.true[0] : column.false[0]) : undefined) ?? String(value);
}
