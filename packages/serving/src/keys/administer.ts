import { ServingError } from "../errors";
import { hashSecret, keyText, newKeyId, newSecret, type StoredKey } from "./api-key";
import type { KeyStore } from "./key-store";
import type { Role } from "./roles";

/** Requests a minute of a key that was given no other number. */
export const USUAL_PER_MINUTE = 100;

/** A key that was just made; its text is nowhere kept. */
export interface NewKey {
  /** What the holder sends as `authorization: Bearer …`. Shown once. */
  readonly text: string;
  readonly key: StoredKey;
}

/** Makes a key. */
export async function createKey(
  store: KeyStore,
  { name, role, perMinute = USUAL_PER_MINUTE, now }: { name: string; role: Role; perMinute?: number; now: Date },
): Promise<NewKey> {
  const id = newKeyId();
  const secret = newSecret();
  const hash = hashSecret(store.secret, secret);
  const key: StoredKey = { id, name, role, perMinute, hash, createdAt: now.toISOString() };
  await store.update((keys) => [...keys, key]);
  return { text: keyText(id, secret), key };
}

/**
 * Ends a key for good; a running server refuses it within a second.
 *
 * @throws {@link ServingError} `key_unknown`.
 */
export function revokeKey(store: KeyStore, id: string, now: Date): Promise<StoredKey> {
  return change(store, id, ({ previous: _, ...key }) => ({ ...key, revokedAt: key.revokedAt ?? now.toISOString() }));
}

/**
 * Gives a key a new secret under the same id, role and name. The old one is taken for `graceSeconds` more.
 *
 * @throws {@link ServingError} `key_unknown` or `key_revoked`.
 */
export async function rotateKey(
  store: KeyStore,
  id: string,
  { now, graceSeconds = 0 }: { now: Date; graceSeconds?: number },
): Promise<NewKey> {
  const secret = newSecret();
  const key = await change(store, id, ({ previous: _, ...old }) => {
    if (old.revokedAt !== undefined) {
      throw new ServingError("key_revoked", `Key ${id} was revoked on ${old.revokedAt}. Create a new one.`);
    }
    const until = new Date(now.getTime() + graceSeconds * 1000).toISOString();
    const previous = graceSeconds > 0 ? { previous: { hash: old.hash, until } } : {};
    return { ...old, hash: hashSecret(store.secret, secret), rotatedAt: now.toISOString(), ...previous };
  });
  return { text: keyText(id, secret), key };
}

async function change(store: KeyStore, id: string, edit: (key: StoredKey) => StoredKey): Promise<StoredKey> {
  let changed: StoredKey | undefined;
  await store.update((keys) =>
    keys.map((key) => {
      if (key.id !== id) return key;
      changed = edit(key);
      return changed;
    }),
  );
  if (changed === undefined) throw new ServingError("key_unknown", `There is no key ${id}. See: sagewright keys list`);
  return changed;
}
