import { readFileSync, statSync } from "node:fs";
import { readIfThere, withLock, writeDurably } from "../files/durable";
import type { StoredKey } from "./api-key";
import type { KeyStore } from "./key-store";
import { keyFileSchema, parseKeys } from "./read-keys";

/** How long the file's state is taken to be known. */
const FRESH_MS = 1_000;

/** What a file key store needs. */
export interface FileKeyStoreOptions {
  /** The file; it need not be there yet. */
  readonly path: string;
  readonly secret: Uint8Array;
  /** The API is open until the file is there, and closed from then on. @default false: it is never open */
  readonly openUntilThere?: boolean;
  /** Milliseconds of a clock that never goes back. @default the system's */
  readonly monotonicMs?: () => number;
}

/**
 * Keys in one JSON file that several processes may share: written as a whole, and read again when it has changed.
 *
 * @throws ServingError `keys_invalid` when the file is not one of keys. A running server that meets such a file
 *   refuses every key until it is mended.
 */
export function fileKeyStore({
  path,
  secret,
  openUntilThere = false,
  monotonicMs = () => performance.now(),
}: FileKeyStoreOptions): KeyStore {
  let open = openUntilThere;
  let known = load();
  let checked = monotonicMs();

  function current(): ReadonlyMap<string, StoredKey> {
    const now = monotonicMs();
    if (now - checked < FRESH_MS) return known.keys;
    checked = now;
    if (versionOf(path) !== known.version) known = load();
    return known.keys;
  }

  function load(): { readonly version: string; readonly keys: ReadonlyMap<string, StoredKey> } {
    const version = versionOf(path);
    if (version !== "") open = false;
    return { version, keys: version === "" ? new Map() : parseKeys(readFileSync(path, "utf8"), path) };
  }

  return {
    secret,
    find: (id) => current().get(id),
    list: () => [...current().values()],
    open() {
      if (open) current();
      return open;
    },
    update: (change) =>
      withLock(`${path}.lock`, async () => {
        const text = await readIfThere(path);
        const before = text === undefined ? [] : [...parseKeys(text, path).values()];
        const keys = keyFileSchema.shape.keys.parse(change(before));
        await writeDurably(path, `${JSON.stringify({ format: 1, keys }, null, 2)}\n`);
        known = load();
        checked = monotonicMs();
      }),
  };
}

function versionOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? "" : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}
