import { z } from "zod";
import { ServingError } from "../errors";
import { type StoredKey, storedKeySchema } from "./api-key";
import type { KeyStore } from "./key-store";

/** A file of keys. */
export const keyFileSchema = z.strictObject({ format: z.literal(1), keys: z.array(storedKeySchema) });

/**
 * Reads the text of a file of keys.
 *
 * @param from - how messages call it
 * @throws {@link ServingError} `keys_invalid`.
 */
export function parseKeys(text: string, from: string): Map<string, StoredKey> {
  try {
    return new Map(keyFileSchema.parse(JSON.parse(text)).keys.map((key) => [key.id, key]));
  } catch (cause) {
    const message = `${from} is not a file of keys. Restore it from a backup, or remove it and create new keys.`;
    throw new ServingError("keys_invalid", message, { cause });
  }
}

/**
 * Keys as they are in a text that was read from elsewhere, such as an object in S3 or a parameter; they cannot be changed here.
 *
 * @param secret - the secret under which they were hashed
 * @throws {@link ServingError} `keys_invalid`; changing them `keys_read_only`.
 */
export function readKeys(text: string, secret: Uint8Array, from = "What was read"): KeyStore {
  return keyStoreOf([...parseKeys(text, from).values()], secret, from);
}

/** Keys that were read, as a store that cannot change them. */
export function keyStoreOf(list: readonly StoredKey[], secret: Uint8Array, from: string): KeyStore {
  const keys = new Map(list.map((key) => [key.id, key]));
  return {
    secret,
    find: (id) => keys.get(id),
    list: () => [...keys.values()],
    update: async () => {
      throw new ServingError("keys_read_only", `${from} cannot be changed here. Change the keys where they are made.`);
    },
  };
}
