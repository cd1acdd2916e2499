import { Problem } from "../app/problem";
import type { KeyStore } from "./key-store";
import { includesRole, type Role } from "./roles";
import { TokenBuckets } from "./token-buckets";
import { keyCheck } from "./verified-keys";

/** Who sends a request; `open` where the API has no keys. */
export interface Caller {
  /** The key's id. */
  readonly id: string;
  readonly role: Role;
}

/** The caller of an API without keys, who may do everything. */
export const ANYONE: Caller = { id: "open", role: "operator" };

/** Lets requests in: by their key, its role and its rate. */
export type Gate = (header: (name: string) => string | undefined, needed: Role) => Caller;

/**
 * Compiles the gate of an API with keys. A key comes as `authorization: Bearer …` or `x-api-key: …`.
 *
 * The gate throws {@link Problem} `key_missing`, `key_invalid`, `role_insufficient` or `rate_limited`.
 */
export function keyGate(
  store: KeyStore,
  { now, monotonicMs }: { readonly now: () => Date; readonly monotonicMs: () => number },
): Gate {
  const buckets = new TokenBuckets(monotonicMs);
  const check = keyCheck(store, now);
  return (header, needed) => {
    if (store.open?.() === true) return ANYONE;
    const presented = presentedKey(header);
    if (presented === undefined) {
      const detail = "This route needs a key. Send it as the header authorization: Bearer <key>.";
      throw new Problem("key_missing", detail, { headers: CHALLENGE });
    }
    const key = check(presented);
    if (key === undefined) {
      const detail = "The key is not valid: it is mistyped, was replaced or was revoked. Ask an operator for another.";
      throw new Problem("key_invalid", detail, { headers: CHALLENGE });
    }
    const wait = buckets.take(key.id, key.perMinute);
    if (wait > 0) {
      const detail = `This key may send ${key.perMinute} requests a minute. Send the next one in ${wait} s.`;
      throw new Problem("rate_limited", detail, { headers: { "retry-after": String(wait) } });
    }
    requireRole(key, needed);
    return { id: key.id, role: key.role };
  };
}

/** Refuses a caller whose role is not enough. @throws {@link Problem} `role_insufficient` */
export function requireRole({ role }: Pick<Caller, "role">, needed: Role): void {
  if (includesRole(role, needed)) return;
  throw new Problem("role_insufficient", `This route needs the role ${needed}, and the key has the role ${role}.`);
}

const CHALLENGE = { "www-authenticate": 'Bearer realm="sagewright"' };

/** The key that a request presents: `authorization: Bearer …` or `x-api-key: …`. */
export function presentedKey(header: (name: string) => string | undefined): string | undefined {
  const authorization = header("authorization");
  if (authorization === undefined) return header("x-api-key");
  const match = /^Bearer +(\S+) *$/i.exec(authorization);
  return match?.[1] ?? "";
}
