import { defaultProvider } from "@aws-sdk/credential-provider-node";

/** Who signs a request: a key pair, with a session's token and its end. */
export type Credentials = Awaited<ReturnType<ReturnType<typeof defaultProvider>>>;

/** Credentials that can be looked for again while a command runs. */
export interface RenewableCredentials {
  /** For a client's `credentials`. */
  readonly provider: () => Promise<Credentials>;
  /** The next request looks for credentials afresh, in files too: somebody may have signed in meanwhile. */
  readonly renew: () => void;
}

/** How one looks for credentials. */
export type CredentialSource = () => Promise<Credentials>;

/** An SDK client asks again for credentials that end within five minutes. */
const SDK_ASKS_BEFORE_END_MS = 5 * 60_000;

/**
 * Credentials as every AWS tool finds them: environment, profile, single sign-on, container, instance.
 *
 * The SDK keeps credentials without an end for ever, and those of a file as they were read first. Here a long watch can go
 * on after the user signed in again.
 *
 * @param options - `profile` of ~/.aws/config. @default AWS_PROFILE, else the default one
 */
export function renewableCredentials(options: { readonly profile?: string } = {}): RenewableCredentials {
  return renewable(() => defaultProvider({ ...options, ignoreCache: true }), Date.now);
}

/** {@link renewableCredentials} over any source, with the clock handed in. */
export function renewable(newSource: () => CredentialSource, now: () => number): RenewableCredentials {
  let source = newSource();
  let found: Credentials | undefined;
  return {
    provider: async () => {
      const end = found?.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
      if (found === undefined || end - now() < SDK_ASKS_BEFORE_END_MS) found = await source();
      return { ...found, expiration: new Date(now()) };
    },
    renew: () => {
      source = newSource();
      found = undefined;
    },
  };
}

const EXPIRED =
  /^(Expired|RequestExpired|CredentialsProviderError|TokenProviderError|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|AuthFailure)/;

/** Whether a request failed for want of valid credentials: none, expired ones, or ones that AWS does not know. */
export function isCredentialsError(error: unknown): boolean {
  return error instanceof Error && EXPIRED.test(error.name);
}
