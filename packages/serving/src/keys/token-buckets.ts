/** A token bucket for each key: full at first, refilled evenly, one token a request. */
export class TokenBuckets {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #monotonicMs: () => number;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Takes one token: 0 when there was one, else the seconds until there is. */
  take(id: string, perMinute: number): number {
    const now = this.#monotonicMs();
    let bucket = this.#buckets.get(id);
    if (bucket === undefined) {
      bucket = { tokens: perMinute, at: now };
      this.#buckets.set(id, bucket);
    }
    bucket.tokens = Math.min(perMinute, bucket.tokens + ((now - bucket.at) * perMinute) / 60_000);
    bucket.at = now;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - bucket.tokens) * 60) / perMinute);
  }
}
