import type { StoredKey } from "./api-key";

/** Where keys are kept. */
export interface KeyStore {
  /** The secret under which keys are hashed. */
  readonly secret: Uint8Array;
  /** The key of that id, as it is now: a revocation elsewhere shows within a second. */
  find(id: string): StoredKey | undefined;
  list(): readonly StoredKey[];
  /** Whether the API is open because no key was ever made; what was closed once stays closed. @default it is not */
  open?(): boolean;
  /** Changes the keys; when the promise resolves the change is durable. Changes never overwrite each other. */
  update(change: (keys: readonly StoredKey[]) => readonly StoredKey[]): Promise<void>;
}
