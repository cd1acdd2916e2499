import type { Journal } from "../../state/store";

/** What is known of an object beside its bytes. */
export interface ObjectRecord {
  key: string;
  /** Relative to the bucket's folder. */
  path: string;
  size: number;
  /** Without quotes. */
  etag: string;
  /** Epoch milliseconds: when the object was put. */
  modified: number;
  /** Modification time of the file, in milliseconds; when it differs, somebody changed the file behind our back. */
  fileTime: number;
  contentType?: string;
  /** Further headers to give back: `cache-control` … */
  headers?: Record<string, string>;
  metadata?: Record<string, string>;
  /** By algorithm in lower case (`crc32`), base64. */
  checksums?: Record<string, string>;
  /** "FULL_OBJECT" or "COMPOSITE". */
  checksumType?: string;
}

/** One line of a bucket's journal. */
export type IndexEvent = ({ put: ObjectRecord } & { delete?: undefined }) | { delete: string; put?: undefined };

/** The objects of one bucket: in memory in key order, on disk as a journal. */
export class BucketIndex {
  private readonly records = new Map<string, ObjectRecord>();
  private order: string[] | undefined;
  /** The last change that the journal told of, and what was there before: its file may not have followed. */
  readonly lastFound: { readonly event: IndexEvent; readonly before: ObjectRecord | undefined } | undefined;

  constructor(private readonly journal: Journal<IndexEvent>) {
    const events = journal.read();
    const event = events.at(-1);
    for (const earlier of events.slice(0, -1)) this.apply(earlier);
    if (event === undefined) return;
    this.lastFound = { event, before: this.records.get(event.put?.key ?? event.delete ?? "") };
    this.apply(event);
  }

  get(key: string): ObjectRecord | undefined {
    return this.records.get(key);
  }

  get size(): number {
    return this.records.size;
  }

  /** Durable when resolved; visible only after {@link apply}. */
  append(event: IndexEvent): Promise<void> {
    return this.journal.append(event);
  }

  /** Makes an event visible. */
  apply(event: IndexEvent): void {
    if (event.put) {
      if (!this.records.has(event.put.key)) this.order = undefined;
      this.records.set(event.put.key, event.put);
    } else if (this.records.delete(event.delete)) this.order = undefined;
  }

  /** Records in the byte order of their keys, from the first key that is not before `from`. */
  *from(from: string): Generator<ObjectRecord> {
    const order = this.sorted();
    for (let index = lowerBound(order, from); index < order.length; index++) {
      const record = this.records.get(order[index] as string);
      if (record) yield record;
    }
  }

  close(): void {
    this.journal.close();
  }

  private sorted(): string[] {
    this.order ??= [...this.records.keys()].sort(compareKeys);
    return this.order;
  }
}

/** UTF-8 byte order, which is code point order and differs from JavaScript's for characters beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    let x = a.charCodeAt(index);
    let y = b.charCodeAt(index);
    if (x === y) continue;
    // Surrogates stand for characters above every other UTF-16 unit.
    if (x >= 0xd800 && y >= 0xd800) {
      x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
      y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
    }
    return x - y;
  }
  return a.length - b.length;
}

function lowerBound(order: readonly string[], from: string): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(order[middle] as string, from) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
