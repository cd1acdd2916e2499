/** The largest magnitude any model can score: that of float32, in which trees compare. */
const LARGEST_NUMBER = 3.4028234663852886e38;

/**
 * The largest magnitude that any model can score in a column of this type, null for one without numbers. Every model is
 * held to it, so that the same row is not valid for one and invalid for the next. Whole numbers end where JSON's readers
 * stop telling each from the next.
 */
export function scorableLimit(type: string): number | null {
  if (type === "integer") return Number.MAX_SAFE_INTEGER;
  return type === "number" ? LARGEST_NUMBER : null;
}

/** What a column that is open on one side may hold. */
export interface ScorableRange {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

/** The columns in which a row can hold a number that is too large for a model. A side that is closed is the contract's own. */
export function scorableRanges(columns: readonly NumericColumn[]): ScorableRange[] {
  return columns.flatMap(({ name, type, minimum, maximum }) => {
    const limit = scorableLimit(type);
    if (limit === null || (minimum !== undefined && maximum !== undefined)) return [];
    const low = minimum === undefined ? -limit : Number.NEGATIVE_INFINITY;
    return [{ name, low, high: maximum === undefined ? limit : Number.POSITIVE_INFINITY }];
  });
}

/** A column as a contract has it, as far as its numbers go. */
export interface NumericColumn {
  readonly name: string;
  readonly type: string;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
}

/** What is said of a number outside its range. */
export interface TooLarge {
  readonly code: "not_scorable";
  readonly message: string;
  readonly allowed: string;
}

/** What is wrong with a number outside the range of its column. */
export function tooLarge({ name, low, high }: ScorableRange, received: number): TooLarge {
  const allowed = `a number of a magnitude up to ${Math.min(-low, high)}`;
  const message = `${name}: ${received} is larger than a model can tell apart. Give ${allowed}.`;
  return { code: "not_scorable", message, allowed };
}
