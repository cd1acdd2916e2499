import { type Clients, callerAccount, type Environment, isCredentialsError } from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import type { Output } from "../terminal/output";

/**
 * Makes sure that the credentials are of the environment's account before anything is asked or changed there.
 *
 * @throws CliError `account_differs`; the SDK's own error when there are no valid credentials
 */
export async function checkAccount(clients: Clients, environment: Environment, output: Output): Promise<void> {
  const account = await accountOf(clients, output);
  if (account === undefined || account === environment.account) return;
  const profile = environment.profile === undefined ? "--profile, AWS_PROFILE" : `profile ${environment.profile}`;
  throw new CliError({
    code: "account_differs",
    subject: `--env ${environment.name}`,
    message: `the credentials are of account ${account}, the environment is ${environment.account}; nothing was asked or changed`,
    fix: `use credentials of ${environment.account} (${profile}), or correct account in config/${environment.name}`,
    exitCode: exitCodes.environment,
  });
}

/** Without an answer from STS the command goes on: a network may let SageMaker through and nothing else. */
async function accountOf(clients: Clients, output: Output): Promise<string | undefined> {
  try {
    return await callerAccount(clients);
  } catch (error) {
    if (isCredentialsError(error)) throw error;
    output.progress(`! the account could not be checked: ${(error as Error).message}`);
    return undefined;
  }
}
