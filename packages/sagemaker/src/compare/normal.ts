/** Two-sided tail of the normal distribution: erfc(|z| / √2) by its continued fraction, or its series near 0. */
export function twoSidedTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  if (x === Number.POSITIVE_INFINITY) return 0;
  return x < 2 ? 1 - erfSeries(x) : erfcFraction(x);
}

/** The value that a standard normal variable stays below with probability `p`, 0.5 ≤ p < 1, by bisection of the tail. */
export function normalQuantile(p: number): number {
  let [low, high] = [0, 40];
  for (let round = 0; round < 100; round += 1) {
    const middle = (low + high) / 2;
    if (twoSidedTail(middle) / 2 > 1 - p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function erfSeries(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > Number.EPSILON * Math.abs(sum); n += 1) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
    if (n > 200) break;
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function erfcFraction(x: number): number {
  let fraction = x;
  for (let k = 120; k > 0; k -= 1) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI));
}
