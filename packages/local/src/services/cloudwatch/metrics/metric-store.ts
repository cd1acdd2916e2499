import type { Clock } from "../../../clock";
import type { Store } from "../../../state/store";
import { type DayStore, openDay, type SeriesKey } from "./metric-day";
import type { MetricSink, MetricValue } from "./metric-sink";
import { addValue, type Bucket, emptyBucket, mergeBucket } from "./statistics";

/** A metric: what its values are found by. */
export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Values that came together. */
export interface MetricAddition extends MetricId {
  readonly unit: string;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly highResolution: boolean;
  readonly bucket: Bucket;
}

/** What is asked of a metric. Times are epoch milliseconds. */
export interface MetricQuery extends MetricId {
  /** @default every unit */
  readonly unit?: string | undefined;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly periodMs: number;
  /** Where periods begin. @default at multiples of the period */
  readonly origin?: number;
}

/** The metrics of a cloud, by day. */
export interface MetricStore extends MetricSink {
  /** Durable when resolved. */
  add(additions: readonly MetricAddition[]): Promise<void>;
  /** Buckets by the beginning of their period; periods without values are missing. */
  buckets(query: MetricQuery): Map<number, Bucket>;
  /** The units in which a metric came. */
  units(query: MetricQuery): string[];
  /** Metrics with values since a moment. */
  metrics(since: number): MetricId[];
  /** Hears of every metric that gets a value. */
  onValue(listener: (key: SeriesKey) => void): void;
  close(): Promise<void>;
}

const dayMs = 86_400_000;
const loadedDays = 40;
const flushMs = 500;

/** The text by which a metric is known. */
export const seriesKey = ({ namespace, name, dimensions }: MetricId): SeriesKey =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** Reads what {@link seriesKey} wrote. */
function metricOf(key: SeriesKey): MetricId {
  const [namespace, name, dimensions] = JSON.parse(key) as [string, string, [string, string][]];
  return { namespace, name, dimensions: Object.fromEntries(dimensions) };
}

/** Opens the metrics of a state folder; days are read when they are asked for. */
export function openMetricStore(clock: Clock, store: Store): MetricStore {
  const days = new Map<number, DayStore>();
  const listeners: ((key: SeriesKey) => void)[] = [];
  let timer: NodeJS.Timeout | undefined;

  const day = (time: number): DayStore => {
    const number = Math.floor(time / dayMs);
    const known = days.get(number);
    // The map's order is the order of use.
    if (known) days.delete(number);
    const opened = known ?? openDay(store, new Date(number * dayMs).toISOString().slice(0, 10));
    days.set(number, opened);
    for (const [old, unused] of days) {
      if (days.size <= loadedDays) break;
      if (unused.dirty) continue;
      days.delete(old);
      unused.close();
    }
    return opened;
  };

  const take = (addition: MetricAddition): DayStore => {
    const resolution = addition.highResolution ? 1000 : 60_000;
    const target = day(addition.time);
    const key = seriesKey(addition);
    target.add(key, addition.unit, Math.floor(addition.time / resolution) * resolution, addition.bucket);
    for (const listener of listeners) listener(key);
    return target;
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    await Promise.all([...days.values()].map((each) => each.flush()));
  };
  const within = (query: MetricQuery): DayStore[] => {
    const found: DayStore[] = [];
    for (let time = Math.floor(query.from / dayMs) * dayMs; time < query.to; time += dayMs) found.push(day(time));
    return found;
  };

  return {
    put(value) {
      take(additionOf(value, clock.now().getTime()));
      timer ??= setTimeout(() => flush().catch(() => undefined), flushMs).unref();
    },
    async add(additions) {
      await Promise.all([...new Set(additions.map(take))].map((each) => each.flush()));
    },
    buckets(query) {
      const { from, to, periodMs, origin = 0 } = query;
      const result = new Map<number, Bucket>();
      for (const each of within(query)) {
        each.read(seriesKey(query), query.unit, (start, bucket) => {
          if (start < from || start >= to) return;
          const period = Math.floor((start - origin) / periodMs) * periodMs + origin;
          const target = result.get(period) ?? emptyBucket();
          mergeBucket(target, bucket);
          result.set(period, target);
        });
      }
      return result;
    },
    units: (query) => [...new Set(within(query).flatMap((each) => each.units(seriesKey(query))))],
    metrics(since) {
      const keys = new Set<SeriesKey>();
      const now = clock.now().getTime() + 2 * 3_600_000;
      for (let time = Math.floor(since / dayMs) * dayMs; time <= now; time += dayMs) {
        for (const key of day(time).keys(since)) keys.add(key);
      }
      return [...keys].map(metricOf);
    },
    onValue: (listener) => void listeners.push(listener),
    async close() {
      await flush();
      for (const each of days.values()) each.close();
      days.clear();
    },
  };
}

function additionOf(value: MetricValue, now: number): MetricAddition {
  const bucket = emptyBucket();
  addValue(bucket, value.value);
  return {
    namespace: value.namespace,
    name: value.name,
    dimensions: value.dimensions ?? {},
    unit: value.unit ?? "None",
    time: value.time?.getTime() ?? now,
    highResolution: value.highResolution === true,
    bucket,
  };
}
