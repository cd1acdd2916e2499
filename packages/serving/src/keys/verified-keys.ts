import { hash as digestOf } from "node:crypto";
import { hashSecret, matches, partsOf, type StoredKey } from "./api-key";
import type { KeyStore } from "./key-store";

/** Presented keys that are remembered at once. */
const MOST_REMEMBERED = 1_000;

/** Tells whose key a request presents, or undefined when it is nobody's. */
export type KeyCheck = (presented: string) => StoredKey | undefined;

/**
 * Compiles the check of presented keys. What a key's keyed hash came to is remembered under the key's SHA-256 digest, so
 * that a busy client costs one plain digest a request; the key itself is not kept. Every request asks the store for the
 * key as it is now: one that was revoked or replaced in the store is another object, for which the memory says nothing.
 *
 * A key that is not valid is never remembered, and takes the same time whether its id is known or not.
 */
export function keyCheck(store: KeyStore, now: () => Date): KeyCheck {
  const remembered = new Map<string, StoredKey>();

  return (presented) => {
    const digest = digestOf("sha256", presented, "base64");
    const before = remembered.get(digest);
    if (before !== undefined) {
      if (store.find(before.id) === before) return before;
      remembered.delete(digest);
    }
    const parts = partsOf(presented);
    const key = parts === undefined ? undefined : store.find(parts.id);
    const hash = hashSecret(store.secret, parts?.secret ?? "");
    const valid = matches(key, hash, now());
    if (key === undefined || !valid) return undefined;
    // The one before a rotation ends with time and not with a change of the store.
    if (hash === key.hash) remember(digest, key);
    return key;
  };

  function remember(digest: string, key: StoredKey): void {
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(digest, key);
  }
}
