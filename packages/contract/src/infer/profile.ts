import { parseNumber } from "../number-grammar";

/** What the texts of one column look like. */
export interface Profile {
  readonly name: string;
  readonly texts: readonly string[];
  /** Occurrences of each text that is no marker, most frequent first. */
  readonly values: ReadonlyMap<string, number>;
  /** Occurrences of each text that means "no value". */
  readonly markers: ReadonlyMap<string, number>;
  /** Rows with a value. */
  readonly present: number;
  /** Rows whose value is a number. */
  readonly numeric: number;
  /** Rows whose value is a number without a fraction. */
  readonly whole: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Rows whose value is a date. */
  readonly dates: number;
}

const DATES = [
  /^\d{4}-\d{2}$/,
  /^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/,
  /^\d{4}\/\d{1,2}\/\d{1,2}( \d{1,2}:\d{2}(:\d{2})?)?$/,
  /^\d{1,2}[-/.]\d{1,2}[-/.](\d{2}|\d{4})( \d{1,2}:\d{2}(:\d{2})?)?$/,
  /^\d{1,2}[- ](Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[- ,]+(\d{2}|\d{4})$/i,
  /^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[- .]+\d{1,2},? +\d{4}$/i,
];

/** Counts what a column holds. */
export function profileOf(name: string, texts: readonly string[], missing: ReadonlySet<string>): Profile {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const values = new Map<string, number>();
  const markers = new Map<string, number>();
  const tally = {
    present: 0,
    numeric: 0,
    whole: 0,
    dates: 0,
    minimum: Number.POSITIVE_INFINITY,
    maximum: Number.NEGATIVE_INFINITY,
  };
  for (const [text, count] of [...counts].sort(byCount)) {
    if (missing.has(text)) {
      markers.set(text, count);
      continue;
    }
    values.set(text, count);
    tally.present += count;
    const number = parseNumber(text);
    if (number === undefined) {
      if (DATES.some((pattern) => pattern.test(text))) tally.dates += count;
      continue;
    }
    tally.numeric += count;
    if (Number.isInteger(number)) tally.whole += count;
    tally.minimum = Math.min(tally.minimum, number);
    tally.maximum = Math.max(tally.maximum, number);
  }
  return { name, texts, values, markers, ...tally };
}

function byCount([a, countA]: [string, number], [b, countB]: [string, number]): number {
  return countB - countA || (a < b ? -1 : 1);
}
