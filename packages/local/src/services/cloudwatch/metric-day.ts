import type { Journal, Store } from "../../state/store";
import { type Bucket, emptyBucket, mergeBucket } from "./statistics";

/** A metric as text. */
export type SeriesKey = string;

/** What was added to one bucket: series, unit, beginning, count, sum, minimum, maximum, values with their counts. */
type Line = [SeriesKey, string, number, number, number, number, number, [number, number][]];

/** The metrics of one day: in memory, and a journal of what was added. */
export interface DayStore {
  /** Something waits to be written. */
  readonly dirty: boolean;
  add(key: SeriesKey, unit: string, start: number, bucket: Bucket): void;
  read(key: SeriesKey, unit: string | undefined, see: (start: number, bucket: Bucket) => void): void;
  units(key: SeriesKey): string[];
  /** Metrics with values since a moment. */
  keys(since: number): SeriesKey[];
  /** Writes what was added since the last time; durable when resolved. */
  flush(): Promise<void>;
  close(): void;
}

type Units = Map<string, Map<number, Bucket>>;

/** Opens a day (`2026-11-21`). */
export function openDay(store: Store, date: string): DayStore {
  const series = new Map<SeriesKey, Units>();
  let journal: Journal<Line> | undefined = store.journal<Line>(`metrics/${date}`);
  let fresh = new Map<SeriesKey, Units>();
  let written: Promise<void> = Promise.resolve();

  for (const [key, unit, start, count, sum, min, max, values] of journal.read()) {
    put(series, key, unit, start, { count, sum, min, max, values: new Map(values) });
  }
  return {
    get dirty() {
      return fresh.size > 0;
    },
    add(key, unit, start, bucket) {
      put(series, key, unit, start, bucket);
      put(fresh, key, unit, start, bucket);
    },
    read(key, unit, see) {
      for (const [each, buckets] of series.get(key) ?? []) {
        if (unit !== undefined && each !== unit) continue;
        for (const [start, bucket] of buckets) see(start, bucket);
      }
    },
    units: (key) => [...(series.get(key)?.keys() ?? [])],
    keys: (since) =>
      [...series]
        .filter(([, units]) => [...units.values()].some((buckets) => last(buckets) >= since))
        .map(([key]) => key),
    flush() {
      const taken = fresh;
      fresh = new Map();
      const target = (journal ??= store.journal<Line>(`metrics/${date}`));
      const writes = [...lines(taken)].map((line) => target.append(line));
      written = Promise.all([written.catch(() => undefined), ...writes]).then(() => undefined);
      return written;
    },
    close() {
      journal?.close();
      journal = undefined;
    },
  };
}

const last = (buckets: Map<number, Bucket>): number => Math.max(...buckets.keys());

function put(target: Map<SeriesKey, Units>, key: SeriesKey, unit: string, start: number, bucket: Bucket): void {
  let units = target.get(key);
  if (!units) target.set(key, (units = new Map()));
  let buckets = units.get(unit);
  if (!buckets) units.set(unit, (buckets = new Map()));
  let known = buckets.get(start);
  if (!known) buckets.set(start, (known = emptyBucket()));
  mergeBucket(known, bucket);
}

function* lines(series: Map<SeriesKey, Units>): Generator<Line> {
  for (const [key, units] of series) {
    for (const [unit, buckets] of units) {
      for (const [start, { count, sum, min, max, values }] of buckets) {
        yield [key, unit, start, count, sum, min, max, [...values]];
      }
    }
  }
}
