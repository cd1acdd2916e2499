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
  const writing = new Map<string, PendingWrite>();

  const flush = (key: string): Promise<void> => {
    const pending = writing.get(key);
    if (pending?.next) return pending.next;
    const before = pending?.current ?? Promise.resolve();
    const write: PendingWrite = pending ?? { current: before };
    const run = before
      .catch(() => undefined)
      .then(() => {
        // From here on the value is fixed; a later put needs a write of its own.
        write.next = undefined;
        write.current = run;
        return persist(place, key, values);
      })
      .finally(() => {
        if (write.current === run && !write.next) writing.delete(key);
      });
    write.next = run;
    writing.set(key, write);
    return run;
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

interface PendingWrite {
  current: Promise<void>;
  next?: Promise<void>;
}

async function persist<T>(place: CollectionPlace, key: string, values: Map<string, T>): Promise<void> {
  const file = join(place.folder, nameOfText(key, place.nameCase) + extension);
  if (values.has(key)) {
    await writeFileAtomic(file, `${JSON.stringify(values.get(key), null, 2)}\n`, place.scratch, place.files);
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
