import { type Clients, isCredentialsError } from "@sagewright/sagemaker";
import { CliError, type Explanation } from "../errors";
import { exitCodes } from "../exit-codes";
import { type DerivedStatements, permission, silentDenial } from "./permission";
import { quotaOf } from "./quota";

const signIn = "sign in (aws sso login), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

/** An error of the SDK as far as this file looks at it. */
interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number; requestId?: string };
  code?: string;
  /** S3: where the bucket is. */
  Region?: string;
  BucketName?: string;
  $response?: { headers?: Readonly<Record<string, string>> };
}

/** What a command knows that makes a refusal's remedy better. */
export interface RefusalContext {
  /** The policy derived from the pipeline at hand. @default none: the statement is made from the refusal */
  statements?: DerivedStatements;
}

/**
 * What a cloud's refusal means to the user, with the cloud that refused: credentials and the network are the
 * environment's (exit code 5), everything else is the cloud's own answer (exit code 6). Other errors stay as they are.
 */
export function refusal(error: unknown, place: string, context: RefusalContext = {}): unknown {
  if (!(error instanceof Error) || error instanceof CliError) return error;
  const environment = { subject: place, exitCode: exitCodes.environment, cause: error };
  const credentials = credentialsProblem(error);
  if (credentials !== undefined) return new CliError({ ...environment, ...credentials });
  const { $metadata, code, message, name } = error as SdkError;
  if ($metadata === undefined && !isLost(error)) return error;
  if ($metadata?.httpStatusCode === undefined) {
    const why = [code, message].filter((part) => part !== undefined && part !== "").join(": ");
    const fix = "check the network and the region's name, then run the command again";
    return new CliError({ ...environment, code: "cloud_unreachable", message: "it does not answer", why, fix });
  }
  const { fix, why } = remedy(error as SdkError, context);
  return new CliError({
    code: name,
    subject: place,
    message: `refused: ${said(error as SdkError)}`,
    ...(why === undefined ? {} : { why }),
    ...(fix === undefined ? {} : { fix }),
    exitCode: exitCodes.remote,
    cause: error,
  });
}

/** Does work whose refusals are told with what the command knows. */
export async function refusing<T>(place: string, context: RefusalContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusal(error, place, context);
  }
}

function isLost({ code }: SdkError): boolean {
  return /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENET|EHOST|EPIPE)/.test(code ?? "");
}

function credentialsProblem(error: SdkError): Pick<Explanation, "code" | "message" | "why" | "fix"> | undefined {
  const { name, message } = error;
  if (/^(CredentialsProviderError|TokenProviderError)$/.test(name)) {
    const ended = /expired|session associated/i.test(message);
    return {
      code: ended ? "credentials_refused" : "credentials_missing",
      message: ended ? "the session has expired" : "there are no credentials",
      why: message,
      fix: signIn,
    };
  }
  if (!isCredentialsError(error) && name !== "SignatureDoesNotMatch") return undefined;
  const known = name === "UnrecognizedClientException" ? "; a region that must be enabled first says the same" : "";
  return {
    code: "credentials_refused",
    message: "the credentials are expired or unknown",
    why: `${message}${known}`,
    fix: signIn,
  };
}

function remedy(error: SdkError, { statements }: RefusalContext): { fix?: string; why?: string } {
  const { name, message } = error;
  const allowed = permission(message, statements);
  if (allowed !== undefined) return { why: allowed.why, fix: allowed.fix };
  if (name === "ResourceLimitExceeded") return quotaOf(message);
  if (/^(Throttl|TooManyRequests|SlowDown|RequestLimitExceeded)/.test(name))
    return {
      why: "the account's rate of requests is used up, by this command or by others; several attempts were made",
      fix: "wait a minute, then run the command again: it goes on where it was",
    };
  const status = error.$metadata?.httpStatusCode ?? 0;
  if (status === 301 || name === "AuthorizationHeaderMalformed") return wrongRegion(error);
  if (status === 403) return silentDenial(statements);
  if (status >= 500)
    return {
      why: `a fault of the service${requestIdOf(error)}; several attempts were made`,
      fix: "run the command again: it goes on where it was",
    };
  return {};
}

/** A bucket lies in one region, and S3 says which when it is asked in another. */
function wrongRegion({ Region, message, $response }: SdkError): { fix?: string; why?: string } {
  const region = Region ?? $response?.headers?.["x-amz-bucket-region"] ?? /expecting '([a-z0-9-]+)'/.exec(message)?.[1];
  if (region === undefined) return { fix: "check bucket and region: the bucket lies in another one" };
  return {
    why: `the bucket lies in ${region}`,
    fix: `use a bucket of the region (--bucket, or bucket in the environment), or work in ${region}`,
  };
}

/** An answer without a body has no message of its own. */
function said({ message, $metadata }: SdkError): string {
  if (message !== "UnknownError") return message;
  const words: Record<number, string> = { 301: "it lies in another region", 403: "access denied" };
  return words[$metadata?.httpStatusCode ?? 0] ?? `status ${$metadata?.httpStatusCode}`;
}

function requestIdOf({ $metadata }: SdkError): string {
  return $metadata?.requestId === undefined ? "" : ` (request ${$metadata.requestId})`;
}

/**
 * The region that clients work in, found as every AWS tool finds it.
 *
 * @throws CliError `region_missing`
 */
export async function regionOf({ sagemaker }: Pick<Clients, "sagemaker">): Promise<string> {
  try {
    return await sagemaker.config.region();
  } catch (cause) {
    throw new CliError({
      code: "region_missing",
      subject: "AWS",
      message: "no region is named",
      fix: "give --region eu-central-1, or set AWS_REGION",
      exitCode: exitCodes.environment,
      cause,
    });
  }
}
