import { keyAuthorizer } from "../keys/authorizer";
import type { Caller } from "../keys/gate";
import { parseKept } from "../keys/kept-keys";
import { keyStoreOf } from "../keys/read-keys";

/** A request that API Gateway asks about. */
export interface AuthorizerEvent {
  readonly methodArn: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
}

/** What API Gateway takes as an answer; the function behind it finds `context` in its event. */
export interface AuthorizerResult {
  readonly principalId: string;
  readonly policyDocument: {
    readonly Version: "2012-10-17";
    readonly Statement: readonly [
      { readonly Action: "execute-api:Invoke"; readonly Effect: "Allow" | "Deny"; readonly Resource: string },
    ];
  };
  readonly context: Readonly<Record<string, string>>;
}

/** What an authorizer needs. */
export interface AuthorizerOptions {
  /** The keys as they are kept, as JSON: `secret` in hexadecimal beside what a file of keys has. */
  readonly read: () => Promise<string>;
  /** Milliseconds of a clock that never goes back. @default the system's */
  readonly monotonicMs?: () => number;
}

/** How long read keys are used; a revoked key ends within it. */
const FRESH_MS = 30_000;

/**
 * Compiles the authorizer. A request without a valid key is told to bring one (401), one whose role is not enough is refused (403).
 * While keys cannot be read, those read before are used.
 */
export function authorizerHandler({
  read,
  monotonicMs = () => performance.now(),
}: AuthorizerOptions): (event: AuthorizerEvent) => Promise<AuthorizerResult> {
  let known: { readonly authorize: ReturnType<typeof keyAuthorizer>; readonly at: number } | undefined;

  const fresh = async () => {
    if (known !== undefined && monotonicMs() - known.at < FRESH_MS) return known.authorize;
    try {
      const from = "The secret of keys";
      const { secret, keys } = parseKept(await read(), from);
      known = { authorize: keyAuthorizer(keyStoreOf(keys, secret, from)), at: monotonicMs() };
    } catch (error) {
      if (known === undefined) throw error;
    }
    return known.authorize;
  };

  return async ({ headers, path, methodArn }) => {
    const named = new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
    const authorize = await fresh();
    const answer = authorize({ header: (name) => named.get(name), path });
    // API Gateway's own word for 401.
    if (!answer.allowed && answer.code !== "role_insufficient") throw new Error("Unauthorized");
    const caller = answer.allowed ? answer.caller : undefined;
    return {
      principalId: caller?.id ?? "anyone",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Action: "execute-api:Invoke", Effect: answer.allowed ? "Allow" : "Deny", Resource: methodArn }],
      },
      context: contextOf(caller),
    };
  };
}

function contextOf(caller: Caller | undefined): Readonly<Record<string, string>> {
  return caller === undefined ? {} : { keyId: caller.id, role: caller.role };
}
