import { roleFor, routeOf } from "../app/paths";
import type { Caller } from "./gate";
import { presentedKey } from "./gate";
import type { KeyStore } from "./key-store";
import { includesRole } from "./roles";
import { keyCheck } from "./verified-keys";

/** What is asked of an authorizer: a header by its name in small letters, and the path of the request. */
export interface AuthorizationRequest {
  readonly header: (name: string) => string | undefined;
  readonly path: string;
}

/** Whether a request may go on, and who sends it; the codes are those of the API's problems. */
export type Authorization =
  | { readonly allowed: true; readonly caller: Caller | undefined }
  | { readonly allowed: false; readonly code: "key_missing" | "key_invalid" | "role_insufficient" };

/**
 * Compiles what a gateway's authorizer decides: whose key a request presents, in constant time, and whether its role is
 * enough for the route. A route that needs no key is open. Rates are the gateway's affair: every process would count for
 * itself.
 */
export function keyAuthorizer(
  store: KeyStore,
  now: () => Date = () => new Date(),
): (request: AuthorizationRequest) => Authorization {
  const check = keyCheck(store, now);
  return ({ header, path }) => {
    const needed = roleFor(routeOf(path));
    if (needed === undefined) return { allowed: true, caller: undefined };
    const presented = presentedKey(header);
    if (presented === undefined) return { allowed: false, code: "key_missing" };
    const key = check(presented);
    if (key === undefined) return { allowed: false, code: "key_invalid" };
    if (!includesRole(key.role, needed)) return { allowed: false, code: "role_insufficient" };
    return { allowed: true, caller: { id: key.id, role: key.role } };
  };
}
