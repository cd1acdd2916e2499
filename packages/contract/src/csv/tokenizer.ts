/** One record of a CSV file. */
export interface CsvRecord {
  /** The line on which the record starts; the first line of the file is 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

const QUOTE = 34;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

const State = {
  /** Nothing of the record was read yet. */
  RecordStart: 0,
  FieldStart: 1,
  Plain: 2,
  Quoted: 3,
  /** After a quote inside a quoted field: its end, or the first half of a doubled quote. */
  QuoteSeen: 4,
} as const;

/**
 * Splits text into records, chunk by chunk, by the rules of Python's `csv.reader`, so that both sides see the same
 * fields: a quote opens a field only at its start, a doubled quote is one, text after a closing quote belongs to the
 * field, LF, CRLF and CR end a record outside quotes, and a line without any character is no record. (csv-parse counts a
 * CRLF inside quotes as two lines and keeps the quotes of `"a"b`.)
 */
export class Tokenizer {
  readonly #delimiter: number;
  #state: number = State.RecordStart;
  #fields: string[] = [];
  #field = "";
  #line = 1;
  #recordLine = 1;
  #afterReturn = false;

  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** Takes the next piece of text and gives the records it completes. */
  push(chunk: string): CsvRecord[] {
    const records: CsvRecord[] = [];
    let start = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const code = chunk.charCodeAt(index);
      const secondHalf = this.#afterReturn && code === LINE_FEED;
      this.#afterReturn = code === CARRIAGE_RETURN;
      const ends = code === LINE_FEED || code === CARRIAGE_RETURN;
      if (ends && !secondHalf) this.#line += 1;

      if (this.#state === State.Quoted) {
        if (code !== QUOTE) continue;
        this.#field += chunk.slice(start, index);
        start = index + 1;
        this.#state = State.QuoteSeen;
      } else if (this.#state === State.QuoteSeen && code === QUOTE) {
        start = index;
        this.#state = State.Quoted;
      } else if (ends) {
        if (secondHalf && this.#state === State.RecordStart) {
          start = index + 1;
          this.#recordLine = this.#line;
          continue;
        }
        this.#endField(chunk, start, index);
        this.#endRecord(records);
        start = index + 1;
      } else if (code === this.#delimiter) {
        this.#endField(chunk, start, index);
        this.#state = State.FieldStart;
        start = index + 1;
      } else if (this.#state === State.RecordStart || this.#state === State.FieldStart) {
        start = code === QUOTE ? index + 1 : index;
        this.#state = code === QUOTE ? State.Quoted : State.Plain;
      } else if (this.#state === State.QuoteSeen) {
        start = index;
        this.#state = State.Plain;
      }
    }
    if (this.#state === State.Plain || this.#state === State.Quoted) this.#field += chunk.slice(start);
    return records;
  }

  /** Gives the last record when the text does not end with a line end; a quote left open ends there too. */
  end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    if (this.#state !== State.RecordStart) {
      this.#fields.push(this.#field);
      this.#field = "";
      this.#endRecord(records);
    }
    return records;
  }

  #endField(chunk: string, start: number, end: number): void {
    if (this.#state === State.RecordStart && this.#fields.length === 0 && chunk.charCodeAt(end) !== this.#delimiter)
      return;
    this.#fields.push(this.#state === State.Plain ? this.#field + chunk.slice(start, end) : this.#field);
    this.#field = "";
  }

  #endRecord(records: CsvRecord[]): void {
    if (this.#fields.length > 0) records.push({ line: this.#recordLine, fields: this.#fields });
    this.#fields = [];
    this.#state = State.RecordStart;
    this.#recordLine = this.#line;
  }
}
