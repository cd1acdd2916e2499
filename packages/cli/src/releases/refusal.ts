import type { Clients } from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";

const signIn = "sign in (aws sso login), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

/** An error of the SDK as far as this file looks at it. */
interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number };
  code?: string;
}

/**
 * What a cloud's refusal means to the user, with the cloud that refused: credentials and the network are the
 * environment's (exit code 5), everything else is the cloud's own answer (exit code 6). Other errors stay as they are.
 */
export function refusal(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error instanceof CliError) return error;
  const { name, message, $metadata, code } = error as SdkError;
  const environment = { subject: place, exitCode: exitCodes.environment, cause: error };
  if (/^(CredentialsProviderError|TokenProviderError)$/.test(name))
    return new CliError({
      ...environment,
      code: "credentials_missing",
      message: "there are no credentials",
      why: message,
      fix: signIn,
    });
  if (
    /^(Expired|InvalidClientTokenId|UnrecognizedClient|RequestExpired|InvalidAccessKeyId|SignatureDoesNotMatch)/.test(
      name,
    )
  )
    return new CliError({
      ...environment,
      code: "credentials_refused",
      message: "the credentials are expired or unknown",
      why: message,
      fix: signIn,
    });
  if ($metadata === undefined) return error;
  if ($metadata.httpStatusCode === undefined) {
    const why = [code, message].filter((part) => part !== undefined && part !== "").join(": ");
    const fix = "check the network and the region's name, then run the command again";
    return new CliError({ ...environment, code: "cloud_unreachable", message: "it does not answer", why, fix });
  }
  const remedy = statementFor(message);
  return new CliError({
    code: name,
    subject: place,
    message: `refused: ${message}`,
    ...(remedy === undefined ? {} : { fix: remedy }),
    exitCode: exitCodes.remote,
    cause: error,
  });
}

/** The policy statement that permits what "is not authorized to perform: ACTION on resource: ARN" speaks of. */
function statementFor(message: string): string | undefined {
  const [, action, resource] = /not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?/.exec(message) ?? [];
  if (action === undefined) return undefined;
  const statement = { Effect: "Allow", Action: action, Resource: resource ?? "*" };
  return `let the caller's policy say ${JSON.stringify(statement)}`;
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
