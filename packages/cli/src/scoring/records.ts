const QUOTE = 34;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Where records end in a piece of a CSV file that starts with a record. */
export interface RecordEnd {
  /** The index behind the record's line end; -1 when no record ends in the piece. */
  readonly end: number;
  /** Whether the piece ends inside quotes. */
  readonly open: boolean;
}

/**
 * Finds where the last record of a piece ends, by the rules of the contract's reader: a quote opens a field only at its
 * start, a doubled quote is one, and LF, CRLF and CR end a record outside quotes. A CR as the last byte ends none,
 * because an LF may follow.
 */
export function lastRecordEnd(bytes: Buffer, delimiter: number): RecordEnd {
  if (!bytes.includes(QUOTE)) {
    const feed = bytes.lastIndexOf(LINE_FEED);
    return { end: 1 + (feed >= 0 ? feed : bytes.lastIndexOf(CARRIAGE_RETURN, -2)) || -1, open: false };
  }
  return scan(bytes, delimiter, 0, false);
}

/** Finds where the first record ends that begins at `from` or later; line ends before it are skipped. */
export function firstRecordEnd(bytes: Buffer, delimiter: number, from: number): number {
  let start = from;
  while (bytes[start] === LINE_FEED || bytes[start] === CARRIAGE_RETURN) start += 1;
  return scan(bytes, delimiter, start, true).end;
}

function scan(bytes: Buffer, delimiter: number, from: number, first: boolean): RecordEnd {
  let end = -1;
  let quoted = false;
  let fieldStart = true;
  let quoteSeen = false;
  for (let index = from; index < bytes.length; index += 1) {
    const byte = bytes[index] as number;
    if (quoted) {
      if (byte === QUOTE) {
        quoted = false;
        quoteSeen = true;
      }
    } else if (byte === QUOTE && (fieldStart || quoteSeen)) {
      quoted = true;
      fieldStart = false;
      quoteSeen = false;
    } else {
      quoteSeen = false;
      fieldStart = byte === delimiter || byte === LINE_FEED || byte === CARRIAGE_RETURN;
      if (!fieldStart || byte === delimiter) continue;
      if (byte === CARRIAGE_RETURN && index + 1 === bytes.length) break;
      if (byte === CARRIAGE_RETURN && bytes[index + 1] === LINE_FEED) index += 1;
      end = index + 1;
      if (first) break;
    }
  }
  return { end, open: quoted };
}

/** The fields of one record, without its line end, and whether a quote was left open in it. */
export function splitRecord(record: string, delimiter: string): { fields: string[]; open: boolean } {
  const fields: string[] = [];
  let index = 0;
  for (;;) {
    let field = "";
    if (record[index] === '"') {
      let from = index + 1;
      for (;;) {
        const quote = record.indexOf('"', from);
        if (quote < 0) return { fields: [...fields, field + record.slice(from)], open: true };
        field += record.slice(from, quote);
        if (record[quote + 1] !== '"') {
          index = quote + 1;
          break;
        }
        field += '"';
        from = quote + 2;
      }
    }
    const next = record.indexOf(delimiter, index);
    fields.push(field + record.slice(index, next < 0 ? undefined : next));
    if (next < 0) return { fields, open: false };
    index = next + 1;
  }
}

/** How many lines a text begins after its first: CRLF counts once. */
export function lineEnds(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}
