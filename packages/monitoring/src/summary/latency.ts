import { LATENCY_BUCKETS } from "./summary";

/** Upper end of the first bucket; each next one ends √2 times later, the last one never. */
const FIRST_MS = 0.01;

/** The bucket of an answer time. */
export function latencyBucket(ms: number): number {
  if (!(ms > FIRST_MS)) return 0;
  return Math.min(LATENCY_BUCKETS - 1, Math.ceil(2 * Math.log2(ms / FIRST_MS)));
}

/**
 * A quantile of answer times, from the buckets: the geometric middle of the bucket it falls in, at most 19 % off.
 *
 * @returns milliseconds; null without answers.
 */
export function latencyQuantile(buckets: Float64Array, share: number): number | null {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let seen = 0;
  for (let bucket = 0; bucket < buckets.length; bucket += 1) {
    seen += buckets[bucket] as number;
    if (seen >= share * total) return FIRST_MS * 2 ** ((bucket - 0.5) / 2);
  }
  return null;
}
