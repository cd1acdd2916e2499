import { readdirSync, readFileSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError } from "../errors";
import { type DurableFiles, writeFileAtomic } from "./atomic-file";
import type { Quarantine } from "./quarantine";
import { isContinued, type NameCase, nameOfText, textOfName } from "./safe-name";

/** Records of one kind, in memory and one JSON file each. Times in records are epoch milliseconds. */
export interface Collection<T> {
  get(key: string): T | undefined;
  has(key: string): boolean;
  /** Visible at once; durable when the promise resolves. Puts of one key that overlap share a write. */
  put(key: string, value: T): Promise<void>;
  delete(key: string): Promise<void>;
  /** In order of insertion (after reopening: of file name). Records are shared, not copied: put a new object to change one. */
  values(): T[];
}

/** What a collection needs of the store. */
export interface CollectionPlace {
  folder: string;
  scratch: string;
  files: DurableFiles;
  quarantine: Quarantine;
  nameCase: NameCase;
}

const extension = ".json";

/**
 * Opens a collection, reading every record of it.
 * Unreadable records are moved to quarantine and named there.
 */
export function openCollection<T>(place: CollectionPlace): Collection<T> {
  const values = readRecords<T>(place);
  const durable = new Map(values);
  const pending = new Map<string, PendingWrite>();

  const write = async (key: string): Promise<void> => {
    // What is visible now is what gets written; a put from here on needs a write of its own.
    const present = values.has(key);
    const value = values.get(key) as T;
    try {
      await persist(place, key, present ? value : undefined);
      keep(durable, key, present, value);
    } catch (error) {
      // What could not be written does not stay visible, unless something newer has taken its place.
      if (values.has(key) === present && values.get(key) === value) {
        keep(values, key, durable.has(key), durable.get(key) as T);
      }
      throw error;
    }
  };

  const flush = (key: string): Promise<void> => {
    const known = pending.get(key);
    if (known?.next) return known.next;
    const entry: PendingWrite = known ?? { running: undefined, next: undefined };
    const start = (): Promise<void> => {
      entry.next = undefined;
      entry.running = write(key).finally(() => {
        entry.running = undefined;
        if (!entry.next) pending.delete(key);
      });
      return entry.running;
    };
    if (!known) {
      pending.set(key, entry);
      return start();
    }
    const after = (known.running ?? Promise.resolve()).then(start, start);
    entry.next = after;
    return after;
  };

  return {
    get: (key) => values.get(key),
    has: (key) => values.has(key),
    put(key, value) {
      values.set(key, value);
      return flush(key);
    },
    delete(key) {
      values.delete(key);
      return flush(key);
    },
    values: () => [...values.values()],
  };
}

function keep<T>(map: Map<string, T>, key: string, present: boolean, value: T): void {
  if (present) map.set(key, value);
  else map.delete(key);
}

interface PendingWrite {
  running: Promise<void> | undefined;
  /** A write that waits for the running one. */
  next: Promise<void> | undefined;
}

async function persist(place: CollectionPlace, key: string, value: unknown): Promise<void> {
  const file = join(place.folder, nameOfText(key, place.nameCase) + extension);
  if (value !== undefined) {
    await writeFileAtomic(file, `${JSON.stringify(value, null, 2)}\n`, place.scratch, place.files);
    return;
  }
  try {
    await unlink(file);
  } catch (error) {
    if (!isSystemError(error) || error.code !== "ENOENT") throw error;
  }
}

function readRecords<T>(place: CollectionPlace): Map<string, T> {
  const values = new Map<string, T>();
  for (const name of recordNames(place.folder, "")) {
    const file = join(place.folder, name);
    try {
      values.set(textOfName(name.slice(0, -extension.length)), JSON.parse(readFileSync(file, "utf8")) as T);
    } catch (error) {
      place.quarantine.take(file, `not a JSON record: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return values;
}

function recordNames(folder: string, prefix: string): string[] {
  let entries: import("node:fs").Dirent[];
  try {
    entries = readdirSync(join(folder, prefix), { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return [];
    throw error;
  }
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = prefix + entry.name;
      if (entry.isDirectory()) return isContinued(entry.name) ? recordNames(folder, `${name}/`) : [];
      return entry.name.endsWith(extension) ? [name] : [];
    });
}
