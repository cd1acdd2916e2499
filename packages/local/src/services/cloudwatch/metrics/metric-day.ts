import type { Journal, Store } from "../../../state/store";
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
      journal ??= store.journal<Line>(`metrics/${date}`);
      const target = journal;
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
  const buckets = within(within(target, key, newMap<string, Map<number, Bucket>>), unit, newMap<number, Bucket>);
  mergeBucket(within(buckets, start, emptyBucket), bucket);
}

const newMap = <K, V>(): Map<K, V> => new Map();

/** The value of a key; made when there is none. */
function within<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
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
