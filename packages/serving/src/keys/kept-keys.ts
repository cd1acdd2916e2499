import { z } from "zod";
import { ServingError } from "../errors";
import type { StoredKey } from "./api-key";
import { keyFileSchema } from "./read-keys";

/** What a secret of a deployed API holds: a file of keys, and beside it what they are hashed under. */
const keptSchema = keyFileSchema.extend({ secret: z.string().regex(/^[0-9a-f]{64}$/) });

/** Keys with the secret under which they are hashed. */
export interface KeptKeys {
  readonly secret: Uint8Array;
  readonly keys: readonly StoredKey[];
}

/**
 * Reads what a secret holds.
 *
 * @param from - how messages call it
 * @throws {@link ServingError} `keys_invalid`, which says nothing of what was read
 */
export function parseKept(text: string, from: string): KeptKeys {
  try {
    const { secret, keys } = keptSchema.parse(JSON.parse(text));
    return { secret: Buffer.from(secret, "hex"), keys };
  } catch {
    // A parser's message repeats what it could not read.
    throw new ServingError("keys_invalid", `${from} holds no keys. Restore an earlier version of it.`);
  }
}

/**
 * What a secret shall hold.
 *
 * @throws {@link ServingError} `keys_full` when that is more than Secrets Manager takes
 */
export function keptText({ secret, keys }: KeptKeys, from: string): string {
  const text = JSON.stringify({ format: 1, keys, secret: Buffer.from(secret).toString("hex") });
  if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  const message = `${from} is full: ${keys.length} keys do not fit in ${MOST_BYTES} bytes, revoked ones included.`;
  throw new ServingError("keys_full", `${message} Use one key for several programs of one consumer.`);
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MOST_BYTES = 65_536;
