import { isUtf8 } from "node:buffer";
import {
  type Column,
  type Contract,
  parseNumber,
  type RowChecker,
  type RowProblem,
  rowChecker,
} from "@sagewright/contract";
import type { ScoringColumns } from "./columns";
import type { Refusal } from "./plan";
import { lineEnds, splitRecord } from "./records";
import { csvField, refusals } from "./refusal";
import { type ReadRows, UnreadableBytes } from "./rows";
import { step, WordTable } from "./words";

const QUOTE = 34;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const POINT = 46;
const ZERO = 48;

const SKIP = 0;
const NUMBER = 1;
const INTEGER = 2;
const WORD = 3;
const FLAG = 4;

/** Digits whose number a float64 holds exactly, and powers of ten that it holds exactly: their quotient rounds once. */
const EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** How a field of the file is read. */
interface FieldPlan {
  readonly kind: number;
  /** Place among the contract's columns. */
  readonly column: number;
  readonly words: WordTable;
  readonly minimum: number;
  readonly maximum: number;
  readonly required: boolean;
  /** Markers of missing values that read as numbers. */
  readonly numericMarkers: WordTable | undefined;
}

/** Rows of a CSV; the arrays are valid until the next task. */
export interface CsvRows extends ReadRows {
  readonly bytes: Uint8Array;
  /** Where the record of each row starts and ends in the bytes, without its line end. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Records that cannot be continued as they are, because a quote was left open in them, by row. */
  readonly rewritten: ReadonlyMap<number, string>;
}

/**
 * Checks the records of a CSV in bytes, and stores their values in columns. A record of plain fields is read in place;
 * whatever is not plainly right (quotes, white space, a broken rule) goes through the contract's own check of fields, so
 * that both accept the same rows for the same reasons.
 */
export class CsvReader {
  readonly #checker: RowChecker;
  readonly #delimiter: string;
  readonly #fields: readonly FieldPlan[];
  readonly #features: readonly number[];
  readonly #fieldCount: (received: number) => RowProblem;
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);

  constructor(
    contract: Contract,
    readonly columns: ScoringColumns,
    options: { delimiter: string; header: readonly string[]; fieldCount: (received: number) => RowProblem },
  ) {
    this.#checker = rowChecker(contract);
    this.#delimiter = options.delimiter;
    this.#fieldCount = options.fieldCount;
    this.#features = contract.columns.map(({ name }) => options.header.indexOf(name));
    this.#fields = options.header.map((name, place) => {
      const column = contract.columns.findIndex((each) => each.name === name);
      const spec = this.#features[column] === place ? contract.columns[column] : undefined;
      return fieldPlan(spec, column, contract.missing, columns);
    });
  }

  /**
   * Reads whole records.
   *
   * @throws UnreadableBytes when they are no UTF-8 or hold zero bytes.
   */
  read(bytes: Uint8Array): CsvRows {
    if (!isUtf8(bytes) || bytes.includes(0)) throw new UnreadableBytes();
    const most = Math.floor(bytes.length / this.#fields.length) + 1;
    this.columns.reserve(most);
    if (this.#starts.length < most) {
      this.#starts = new Int32Array(most);
      this.#ends = new Int32Array(most);
    }
    const refused: Refusal[] = [];
    const rewritten = new Map<number, string>();
    let quarantined = 0;
    let rows = 0;
    let lines = 0;
    let position = 0;
    while (position < bytes.length) {
      const start = position;
      let end = this.#readPlain(bytes, start, rows);
      if (end < 0) {
        const first = bytes[start];
        if (first === LINE_FEED || first === CARRIAGE_RETURN) {
          position = afterLineEnd(bytes, start);
          lines += 1;
          continue;
        }
        end = recordEnd(bytes, start, this.#delimiter.charCodeAt(0));
        const record = textOf(bytes, start, end);
        const { problems, text } = this.#readCarefully(record, rows);
        if (problems.length > 0) {
          refused.push(...refusals(lines, problems, record));
          quarantined += 1;
          lines += lineEnds(record) + 1;
          position = afterLineEnd(bytes, end);
          continue;
        }
        if (text !== undefined) rewritten.set(rows, text);
        lines += lineEnds(record);
      }
      this.#starts[rows] = start;
      this.#ends[rows] = end;
      rows += 1;
      lines += 1;
      position = afterLineEnd(bytes, end);
    }
    const [starts, ends] = [this.#starts, this.#ends];
    return {
      ...{ rows, refused, quarantined, lines, unexpected: [], bytes, starts, ends, rewritten },
      lineOf: (row) => lineEnds(textOf(bytes, 0, starts[row] as number)),
      textOf: (row) => textOf(bytes, starts[row] as number, ends[row] as number),
      remove(row) {
        starts.copyWithin(row, row + 1, rows);
        ends.copyWithin(row, row + 1, rows);
        const others = [...rewritten].filter(([place]) => place !== row);
        rewritten.clear();
        for (const [place, text] of others) rewritten.set(place > row ? place - 1 : place, text);
      },
    };
  }

  /**
   * Reads one record that is plainly right and gives where it ends; -1 when it is not. Every byte of a file passes through
   * this loop, which is why it is one long function and makes no objects.
   */
  #readPlain(bytes: Uint8Array, start: number, row: number): number {
    const fields = this.#fields;
    const delimiter = this.#delimiter.charCodeAt(0);
    const last = fields.length - 1;
    let index = start;
    for (let place = 0; place <= last; place += 1) {
      const { kind, column, words, minimum, maximum, required, numericMarkers } = fields[place] as FieldPlan;
      let byte = bytes[index] as number;
      if (byte === QUOTE) return -1;
      if (kind === SKIP) {
        while (byte !== delimiter && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && index < bytes.length) {
          index += 1;
          byte = bytes[index] as number;
        }
      } else if (kind === NUMBER || kind === INTEGER) {
        const from = index;
        let value = Number.NaN;
        const sign = byte === 45 || byte === 43;
        if (sign) {
          index += 1;
          byte = bytes[index] as number;
        }
        const whole = index;
        let mantissa = 0;
        while (byte >= ZERO && byte <= 57) {
          mantissa = mantissa * 10 + (byte - ZERO);
          index += 1;
          byte = bytes[index] as number;
        }
        let digits = index - whole;
        let fraction = 0;
        if (byte === POINT && digits > 0) {
          index += 1;
          const point = index;
          byte = bytes[index] as number;
          while (byte >= ZERO && byte <= 57) {
            mantissa = mantissa * 10 + (byte - ZERO);
            index += 1;
            byte = bytes[index] as number;
          }
          fraction = index - point;
          if (fraction === 0) return -1;
          digits += fraction;
        }
        if (byte !== delimiter && byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
          // An exponent, a marker of missing values, or something that is no number.
          while (byte !== delimiter && byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
            if (index >= bytes.length) return -1;
            index += 1;
            byte = bytes[index] as number;
          }
          if (words.search(bytes, from, index) === WordTable.ABSENT) {
            value = textNumber(bytes, from, index);
            if (Number.isNaN(value)) return -1;
          }
        } else if (digits === 0) {
          if (required || sign) return -1;
        } else if (digits > EXACT_DIGITS) {
          value = textNumber(bytes, from, index);
        } else {
          value = fraction === 0 ? mantissa : mantissa / (POWERS[fraction] as number);
          if (bytes[from] === 45) value = -value;
        }
        if (numericMarkers !== undefined && numericMarkers.search(bytes, from, index) !== WordTable.ABSENT) return -1;
        if (value < minimum || value > maximum || (kind === INTEGER && value % 1 !== 0 && !Number.isNaN(value)))
          return -1;
        (this.columns.values[column] as Float64Array)[row] = value;
      } else {
        const from = index;
        let hash = 0;
        while (byte !== delimiter && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && index < bytes.length) {
          hash = step(hash, byte);
          index += 1;
          byte = bytes[index] as number;
        }
        const code = words.find(bytes, from, index, hash);
        if (code === WordTable.ABSENT) return -1;
        (this.columns.values[column] as Int32Array | Float64Array)[row] = kind === FLAG && code < 0 ? Number.NaN : code;
      }
      if (index >= bytes.length) return -1;
      if (place < last) {
        if (byte !== delimiter) return -1;
        index += 1;
      } else if (byte === delimiter) {
        return -1;
      }
    }
    return index;
  }

  /** Reads one record as the contract does. */
  #readCarefully(record: string, row: number): { problems: RowProblem[]; text: string | undefined } {
    const { fields, open } = splitRecord(record, this.#delimiter);
    if (fields.length !== this.#fields.length) {
      return { problems: [this.#fieldCount(fields.length)], text: undefined };
    }
    const problems: RowProblem[] = [];
    const values = this.#checker.fields(
      this.#features.map((place) => fields[place] ?? ""),
      problems,
    );
    if (problems.length === 0) this.columns.put(row, values);
    const text = open ? fields.map((field) => csvField(field, this.#delimiter)).join(this.#delimiter) : undefined;
    return { problems, text };
  }
}

function fieldPlan(
  spec: Column | undefined,
  column: number,
  missing: readonly string[],
  columns: ScoringColumns,
): FieldPlan {
  const none = {
    column,
    words: new WordTable(new Map()),
    minimum: -Infinity,
    maximum: Infinity,
    required: false,
    numericMarkers: undefined,
  };
  if (spec === undefined) return { ...none, kind: SKIP };
  const { required = false } = spec;
  const markers = required ? [] : ["", ...missing].map((text): [string, number] => [text, -1]);
  if (spec.type === "number" || spec.type === "integer") {
    const { minimum = -Infinity, maximum = Infinity } = spec;
    const kind = spec.type === "integer" ? INTEGER : NUMBER;
    const numeric = missing.filter((text) => parseNumber(text) !== undefined);
    const numericMarkers = numeric.length === 0 ? undefined : new WordTable(new Map(numeric.map((text) => [text, -1])));
    return { kind, column, words: new WordTable(new Map(markers)), minimum, maximum, required, numericMarkers };
  }
  const coded = (texts: readonly string[], code: (text: string) => number) =>
    texts.map((text): [string, number] => [text, code(text)]);
  const texts =
    spec.type === "boolean"
      ? [...coded(spec.false, () => 0), ...coded(spec.true, () => 1)]
      : coded("categories" in spec ? spec.categories : [], (text) => columns.code(column, text));
  const words = new WordTable(new Map([...texts, ...markers]));
  return { ...none, kind: spec.type === "boolean" ? FLAG : WORD, words, required };
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}

/** The number that bytes spell, by the contract's grammar; NaN when they spell none. */
function textNumber(bytes: Uint8Array, start: number, end: number): number {
  return parseNumber(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1")) ?? Number.NaN;
}

/** Where the record that starts at `start` ends: at its line end, or at the end of the bytes. */
function recordEnd(bytes: Uint8Array, start: number, delimiter: number): number {
  let quoted = false;
  let fieldStart = true;
  let quoteSeen = false;
  for (let index = start; index < bytes.length; index += 1) {
    const byte = bytes[index] as number;
    if (quoted) {
      quoted = byte !== QUOTE;
      quoteSeen = !quoted;
    } else if (byte === QUOTE && (fieldStart || quoteSeen)) {
      quoted = true;
      fieldStart = false;
      quoteSeen = false;
    } else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
      return index;
    } else {
      fieldStart = byte === delimiter;
      quoteSeen = false;
    }
  }
  return bytes.length;
}

function afterLineEnd(bytes: Uint8Array, end: number): number {
  return bytes[end] === CARRIAGE_RETURN && bytes[end + 1] === LINE_FEED ? end + 2 : end + 1;
}
