/** Natural logarithm of the gamma function for x > 0: Stirling's series, after shifting small x upwards. */
export function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  if (at < 12) {
    let product = 1;
    for (; at < 12; at += 1) product *= at;
    shift = Math.log(product);
  }
  const square = 1 / (at * at);
  const series =
    1 / 12 +
    square * (-1 / 360 + square * (1 / 1260 + square * (-1 / 1680 + square * (1 / 1188 - square * (691 / 360360)))));
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series / at - shift;
}

/**
 * Regularised upper incomplete gamma function Q(a, x), by its series below a + 1 and its continued fraction above
 * (Abramowitz and Stegun 6.5.29, 6.5.31).
 */
export function upperGamma(a: number, x: number): number {
  if (!(x > 0)) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - (front * gammaSeries(a, x)) / a : front * gammaFraction(a, x);
}

function gammaSeries(a: number, x: number): number {
  let [term, sum] = [1, 1];
  for (let n = 1; n < MOST_TERMS; n += 1) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * Number.EPSILON) break;
  }
  return sum;
}

/** Lentz's method. */
function gammaFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < MOST_TERMS; n += 1) {
    const factor = -n * (n - a);
    b += 2;
    d = 1 / bounded(factor * d + b);
    c = bounded(b + factor / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < Number.EPSILON) break;
  }
  return h;
}

const TINY = 1e-300;
const MOST_TERMS = 100_000;

function bounded(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
