/** Places values on an axis. */
export interface Scale {
  (value: number): number;
  /** Round values within the axis, ascending. */
  readonly ticks: readonly number[];
}

/** A linear axis from `low` to `high`, over the pixels from `start` to `end`; both ends may be the same value. */
export function linear(
  [low, high]: readonly [number, number],
  [start, end]: readonly [number, number],
  ticks = 5,
): Scale {
  const span = high - low || 1;
  const place = (value: number) => round(start + ((value - low) / span) * (end - start));
  return Object.assign(place, { ticks: roundValues(low, high, ticks) });
}

/** One decimal of a pixel is all that is seen, and keeps pages small. */
export function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** Multiples of 1, 2 or 5 times a power of ten, about as many as wanted. */
function roundValues(low: number, high: number, wanted: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** A number for an axis or a table: `1,200`, `0.25`, `1.5e9`. */
export function plain(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) return value.toExponential(1).replace("-", "−");
  return value.toLocaleString("en-US", { maximumSignificantDigits: 4 }).replace("-", "−");
}
