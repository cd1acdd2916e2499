/** Upper bounds of the latency histogram's buckets in milliseconds: 24 a decade from 10 µs to 100 s. */
const BUCKETS = Array.from({ length: 7 * 24 + 1 }, (_, index) => 0.01 * 10 ** (index / 24));

/** Counters of what the API answered since it started; constant memory. */
export class Statistics {
  readonly since: string;
  #predictions = 0;
  #sum = 0;
  #refused = 0;
  #failed = 0;
  #latencySum = 0;
  readonly #tiers = new Map<string, number>();
  readonly #valueTiers = new Map<string, number>();
  #valueSum = 0;
  readonly #latencies = new Uint32Array(BUCKETS.length + 1);
  readonly #requests = new Map<string, Map<number, number>>();

  /** @param valued - whether a lifetime-value model answers beside the other */
  constructor(
    since: Date,
    private readonly valued = false,
  ) {
    this.since = since.toISOString();
  }

  /** One answered prediction: its probability or value, its tier where there is one, and how long it took. */
  prediction(value: number, tier: string | undefined, latencyMs: number): void {
    this.#predictions += 1;
    this.#sum += value;
    this.#latencySum += latencyMs;
    if (tier !== undefined) this.#tiers.set(tier, (this.#tiers.get(tier) ?? 0) + 1);
    const bucket = latencyMs <= 0.01 ? 0 : Math.ceil(Math.log10(latencyMs / 0.01) * 24);
    this.#latencies[Math.min(bucket, BUCKETS.length)] = (this.#latencies[Math.min(bucket, BUCKETS.length)] ?? 0) + 1;
  }

  /** One valued customer. */
  lifetimeValue(value: number, tier: string): void {
    this.#valueSum += value;
    this.#valueTiers.set(tier, (this.#valueTiers.get(tier) ?? 0) + 1);
  }

  /** One row that broke the contract. */
  refusedRow(): void {
    this.#refused += 1;
  }

  /** One row that the model did not answer. */
  failedRow(): void {
    this.#failed += 1;
  }

  /** One answered request. */
  request(method: string, route: string, status: number): void {
    const name = `${method} ${route}`;
    let byStatus = this.#requests.get(name);
    if (byStatus === undefined) {
      byStatus = new Map();
      this.#requests.set(name, byStatus);
    }
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  }

  /** The counters as plain data. Quantiles are upper bounds of buckets 10 % wide. */
  snapshot(): StatisticsSnapshot {
    const count = this.#predictions;
    const mean = (sum: number): number | null => (count === 0 ? null : sum / count);
    return {
      since: this.since,
      predictions: count,
      refusedRows: this.#refused,
      failedRows: this.#failed,
      mean: mean(this.#sum),
      tiers: shares(this.#tiers, count),
      ...(this.valued ? { lifetimeValue: this.#lifetimeValues() } : {}),
      latencyMs: {
        mean: mean(this.#latencySum),
        p50: this.#quantile(0.5),
        p95: this.#quantile(0.95),
        p99: this.#quantile(0.99),
      },
    };
  }

  /** Requests by labels, in Prometheus' spelling. */
  requests(): ReadonlyMap<string, number> {
    const labelled = [...this.#requests].flatMap(([route, byStatus]) =>
      [...byStatus].map(([status, count]): [string, number] => [`route="${route}",status="${status}"`, count]),
    );
    return new Map(labelled);
  }

  #lifetimeValues(): LifetimeValueSnapshot {
    const valued = [...this.#valueTiers.values()].reduce((sum, count) => sum + count, 0);
    return {
      valued,
      mean: valued === 0 ? null : this.#valueSum / valued,
      tiers: shares(this.#valueTiers, valued),
    };
  }

  #quantile(share: number): number | null {
    if (this.#predictions === 0) return null;
    let below = 0;
    for (const [bucket, count] of this.#latencies.entries()) {
      below += count;
      if (below >= share * this.#predictions) return Number((BUCKETS[bucket] ?? 100_000).toPrecision(3));
    }
    return null;
  }
}

function shares(counts: ReadonlyMap<string, number>, whole: number): TierShare[] {
  return [...counts].map(([tier, count]) => ({ tier, count, share: count / whole }));
}

/** How many, and which share of all, fell into a tier. */
export interface TierShare {
  readonly tier: string;
  readonly count: number;
  readonly share: number;
}

/** What is counted of lifetime values. */
export interface LifetimeValueSnapshot {
  /** Predictions with a lifetime value. */
  readonly valued: number;
  readonly mean: number | null;
  readonly tiers: TierShare[];
}

/** {@link Statistics} at one moment. */
export interface StatisticsSnapshot {
  /** When counting began, ISO 8601. */
  readonly since: string;
  readonly predictions: number;
  /** Rows refused by the contract. */
  readonly refusedRows: number;
  /** Rows the model did not answer. */
  readonly failedRows: number;
  /** Mean probability (regression: value); null before the first prediction. */
  readonly mean: number | null;
  readonly tiers: TierShare[];
  /** Absent where no lifetime-value model is served. */
  readonly lifetimeValue?: LifetimeValueSnapshot;
  readonly latencyMs: {
    readonly mean: number | null;
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
}
