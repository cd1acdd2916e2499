import { logGamma } from "./special";

/** How often something was found in two samples. */
export interface TwoShares {
  readonly found: number;
  readonly of: number;
  readonly baselineFound: number;
  readonly baselineOf: number;
}

/**
 * Fisher's exact test of two shares, two-sided as twice the smaller tail (`2 * min(hypergeom.sf(found - 1), hypergeom.cdf(found))`):
 * exact for rare things, where the normal approximation raises false alarms.
 *
 * @returns the chance of a difference at least as large when both samples have one share.
 */
export function fisherTest({ found, of, baselineFound, baselineOf }: TwoShares): number {
  if (of === 0 || baselineOf === 0) return 1;
  const successes = found + baselineFound;
  const all = of + baselineOf;
  const least = Math.max(0, of - (all - successes));
  const most = Math.min(of, successes);
  // Whole numbers can be above the mean and below it at once only when they are it.
  const isHigh = found * all >= of * successes;
  const [end, step] = isHigh ? [most, 1] : [least, -1];
  let chance = Math.exp(logChance({ found, of, successes, all }));
  let sum = chance;
  for (let at = found; step * at < step * end; at += step) {
    chance *=
      step === 1
        ? ((successes - at) / (at + 1)) * ((of - at) / (all - successes - of + at + 1))
        : (at / (successes - at + 1)) * ((all - successes - of + at) / (of - at + 1));
    sum += chance;
    if (chance < sum * 1e-17) break;
  }
  return Math.min(1, 2 * sum);
}

interface Draw {
  readonly found: number;
  readonly of: number;
  readonly successes: number;
  readonly all: number;
}

function logChance({ found, of, successes, all }: Draw): number {
  return logChoose(successes, found) + logChoose(all - successes, of - found) - logChoose(all, of);
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}
