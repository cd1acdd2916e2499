import { setTimeout } from "node:timers/promises";
import { ServingError } from "../errors";
import type { StoredKey } from "./api-key";
import { type KeptKeys, keptText, parseKept } from "./kept-keys";
import type { KeyStore } from "./key-store";
import { keyFileSchema } from "./read-keys";

/** A text of which there is one current version, such as a secret of Secrets Manager. */
export interface VersionedText {
  /** The current version, and its id. */
  readonly read: () => Promise<{ readonly text: string; readonly version: string }>;
  /** Makes a text current where the version of that id still is. The new version's id; undefined where another came first. */
  readonly replace: (text: string, version: string) => Promise<string | undefined>;
}

/** What a key store over a secret needs. */
export interface SecretKeyStoreOptions {
  readonly kept: VersionedText;
  /** How messages call the secret. */
  readonly from: string;
  /** How often a change is tried while others come first. @default 12 */
  readonly attempts?: number;
  /** Waits so many milliseconds. @default the machine's clock */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/**
 * Keys in a secret that the authorizer of a deployed API reads. A change is made of the version that it replaces: where another
 * operator came first it is made again of theirs, so neither is lost. What `find` and `list` say is as it was read last.
 *
 * @throws ServingError `keys_invalid`; a change: `keys_busy` when others always came first, `keys_full`, and `secret_changed`
 *   when what keys are hashed under was replaced meanwhile
 */
export async function secretKeyStore({
  kept,
  from,
  attempts = 12,
  wait = setTimeout,
}: SecretKeyStoreOptions): Promise<KeyStore> {
  let known = await load();
  const { secret } = known;

  async function load(): Promise<KeptKeys & { readonly version: string }> {
    const { text, version } = await kept.read();
    return { ...parseKept(text, from), version };
  }

  return {
    secret,
    find: (id) => known.keys.find((key) => key.id === id),
    list: () => known.keys,
    async update(change: (keys: readonly StoredKey[]) => readonly StoredKey[]) {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const changed = keyFileSchema.shape.keys.parse(change(known.keys));
        // Made again on top of itself, when the answer to an earlier attempt was lost, a key is still one.
        const keys = [...new Map(changed.map((key) => [key.id, key])).values()];
        const text = keptText({ secret, keys }, from);
        if (text === keptText(known, from)) return;
        const version = await kept.replace(text, known.version);
        if (version !== undefined) {
          known = { secret, keys, version };
          return;
        }
        await wait(Math.random() * 100 * attempt);
        known = await load();
        if (Buffer.compare(known.secret, secret) !== 0) {
          const message = `${from} was replaced by another while it was changed. Run the command again.`;
          throw new ServingError("secret_changed", message);
        }
      }
      const message = `Others changed ${from} each of ${attempts} times that this was tried. Run the command again.`;
      throw new ServingError("keys_busy", message);
    },
  };
}
