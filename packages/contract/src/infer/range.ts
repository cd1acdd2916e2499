import type { Profile } from "./profile";

/**
 * The range to allow for a numeric column, from the values seen.
 *
 * A range is there to catch mistakes (cents for euros, a typed 250 for 25, a negative tenure), not tomorrow's customers:
 * the largest value seen plus the whole span seen, rounded up to two digits, lets a value grow to twice its record and
 * still refuses a factor of ten. What was never negative must not become so; where values were negative the lower end
 * has the same slack.
 */
export function suggestedRange({ minimum, maximum }: Profile): { minimum: number; maximum: number } {
  const span = maximum - minimum;
  const upper = maximum <= 0 && minimum < 0 ? Math.max(0, maximum + span) : maximum + span;
  return { minimum: minimum >= 0 ? 0 : -roundUp(span - minimum), maximum: roundUp(upper) };
}

/** Rounds a positive number up to two significant digits. */
function roundUp(value: number): number {
  if (value <= 0 || !Number.isFinite(value))
    return Math.max(0, value === Number.POSITIVE_INFINITY ? Number.MAX_VALUE : value);
  const power = Math.floor(Math.log10(value)) - 1;
  const digits = Math.ceil(value / 10 ** power - 1e-9);
  return Number(`${digits}e${power}`);
}
