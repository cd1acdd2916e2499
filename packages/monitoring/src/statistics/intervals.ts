import { normalQuantile } from "./distributions";

/** A value with its interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Half of what a 95 % interval leaves out. */
const TAIL = 0.025;

/** How many standard errors a 95 % interval reaches to each side. */
export const REACH = normalQuantile(TAIL);

/**
 * A share with Wilson's 95 % interval (Wilson 1927), as `scipy.stats.binomtest(found, of).proportion_ci(method="wilson")`.
 *
 * @param of - above 0
 */
export function wilson(found: number, of: number): Interval {
  const share = found / of;
  const square = REACH ** 2;
  const center = (share + square / (2 * of)) / (1 + square / of);
  const half = (REACH / (1 + square / of)) * Math.sqrt((share * (1 - share)) / of + square / (4 * of ** 2));
  return { value: share, low: found === 0 ? 0 : center - half, high: found === of ? 1 : center + half };
}

/** A mean with its normal 95 % interval, of sums over rows. */
export function meanInterval(sum: number, squares: number, rows: number): Interval {
  const value = sum / rows;
  const variance = rows < 2 ? Number.NaN : Math.max(0, squares - rows * value ** 2) / (rows - 1);
  const half = REACH * Math.sqrt(variance / rows);
  return { value, low: value - half, high: value + half };
}
