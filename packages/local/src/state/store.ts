import { join } from "node:path";
import { type DurableFiles, disk } from "./atomic-file";
import { type Collection, openCollection } from "./collection";
import { type Journal, openJournal } from "./journal";
import { Quarantine, type Quarantined } from "./quarantine";
import type { NameCase } from "./safe-name";

export type { Collection } from "./collection";
export type { Journal } from "./journal";

/** The state folder of one cloud. Only the process that holds its lock opens it. */
export interface Store {
  /** Records under `records/<name>/`. The same name gives the same collection. */
  collection<T>(name: string): Collection<T>;
  /** The journal `<name>.jsonl`; `name` may hold slashes (`executions/<id>/journal`). The same name gives the same journal until it is closed. */
  journal<E>(name: string): Journal<E>;
  /** An absolute path inside the state folder. Nothing is created. */
  path(...parts: string[]): string;
  /** Files that were unreadable and moved aside since the store was opened. */
  readonly quarantined: readonly Quarantined[];
}

/** How a store is opened. */
export interface StoreOptions {
  /** @default the real disk */
  files?: DurableFiles;
  /** @default the machine's clock */
  now?: () => Date;
  /** @default names may differ by case only */
  nameCase?: NameCase;
}

/** Folder of unfinished files; emptied when a new owner opens the state. */
export const scratchFolder = "tmp";

/** A store and the means to end it. */
export interface OpenStore extends Store {
  /** Closes every journal; appends under way still finish. */
  close(): void;
}

/** Opens the store in a folder; version and lock have been seen to by the caller. */
export function openStore(root: string, options: StoreOptions = {}): OpenStore {
  const files = options.files ?? disk;
  const quarantine = new Quarantine(root, options.now ?? (() => new Date()));
  const collections = new Map<string, Collection<unknown>>();
  const journals = new Map<string, Journal<unknown>>();
  return {
    collection<T>(name: string) {
      const known = collections.get(name) as Collection<T> | undefined;
      if (known) return known;
      const opened = openCollection<T>({
        folder: join(root, "records", name),
        scratch: join(root, scratchFolder),
        files,
        quarantine,
        nameCase: options.nameCase ?? "case-sensitive",
      });
      collections.set(name, opened as Collection<unknown>);
      return opened;
    },
    journal<E>(name: string) {
      const known = journals.get(name) as Journal<E> | undefined;
      if (known) return known;
      const opened = openJournal<E>(join(root, `${name}.jsonl`), quarantine, files);
      const journal: Journal<E> = {
        ...opened,
        close() {
          journals.delete(name);
          opened.close();
        },
      };
      journals.set(name, journal as Journal<unknown>);
      return journal;
    },
    path: (...parts) => join(root, ...parts),
    quarantined: quarantine.entries,
    close() {
      for (const journal of [...journals.values()]) journal.close();
    },
  };
}
