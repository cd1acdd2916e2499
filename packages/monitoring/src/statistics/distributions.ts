import { upperGamma } from "./special";

/** Chance that a chi-squared variable is larger: `scipy.stats.chi2.sf`. */
export function chiSquaredTail(value: number, degreesOfFreedom: number): number {
  return upperGamma(degreesOfFreedom / 2, value / 2);
}

/** The value that a chi-squared variable exceeds with this chance: `scipy.stats.chi2.isf`. */
export function chiSquaredQuantile(chance: number, degreesOfFreedom: number): number {
  if (chance >= 1) return 0;
  if (chance <= 0) return Number.POSITIVE_INFINITY;
  let high = degreesOfFreedom + 10;
  while (chiSquaredTail(high, degreesOfFreedom) > chance) high *= 2;
  return bisect(0, high, (value) => chiSquaredTail(value, degreesOfFreedom) > chance);
}

/** Chance that a standard normal variable is larger: `scipy.stats.norm.sf`. */
export function normalTail(z: number): number {
  const half = upperGamma(0.5, (z * z) / 2) / 2;
  return z >= 0 ? half : 1 - half;
}

/** The value that a standard normal variable exceeds with this chance: `scipy.stats.norm.isf`. */
export function normalQuantile(chance: number): number {
  if (chance > 0.5) return -normalQuantile(1 - chance);
  if (chance <= 0) return Number.POSITIVE_INFINITY;
  return bisect(0, 40, (value) => normalTail(value) > chance);
}

/** Chance that Kolmogorov's limit is larger: `scipy.special.kolmogorov`. */
export function kolmogorovTail(value: number): number {
  if (value <= 0) return 1;
  if (value < 1) {
    // The other form of the same sum converges where the alternating one does not.
    let sum = 0;
    for (let k = 1; k <= 20; k += 1) sum += Math.exp((-((2 * k - 1) ** 2) * Math.PI ** 2) / (8 * value * value));
    return 1 - (Math.sqrt(2 * Math.PI) / value) * sum;
  }
  let [sum, sign] = [0, 1];
  for (let k = 1; k <= 100; k += 1, sign = -sign) {
    const term = Math.exp(-2 * k * k * value * value);
    sum += sign * term;
    if (term < Number.EPSILON * sum) break;
  }
  return 2 * sum;
}

/** The place in an interval where a condition stops to hold. */
function bisect(from: number, to: number, holds: (value: number) => boolean): number {
  let [low, high] = [from, to];
  for (let round = 0; round < 200; round += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
