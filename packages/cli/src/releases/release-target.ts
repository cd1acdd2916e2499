import { localTarget, type Target } from "@sagewright/pipeline";
import { type Environment, environmentTarget, trainingPlacement } from "@sagewright/sagemaker";
import type { Command } from "commander";
import { usageError } from "../errors";
import { type CloudOptions, cloudOptions } from "../options/cloud-options";

/** Options that say for which account a pipeline is compiled. */
export interface TargetOptions extends CloudOptions {
  contract?: string;
  account?: string;
  bucket?: string;
  role?: string;
}

/** Adds the options of {@link TargetOptions} to a command. */
export function targetOptions(command: Command): Command {
  return cloudOptions(command.option("--contract <name>", "which of the product's contracts the data follows"))
    .option("--account <id>", "AWS account (default: the environment's, or the role's)")
    .option("--bucket <name>", "bucket for code, data and outputs (default: sagewright-REGION-ACCOUNT)")
    .option("--role <arn>", "execution role; required with --aws");
}

/** Where a session works, as far as a target depends on it. */
export interface TargetPlace {
  /** AWS, or what stands in for it. */
  aws: boolean;
  region: string;
  environment?: Environment;
}

/**
 * The target that options name; where they name nothing the environment's, or the embedded cloud's own.
 *
 * @throws CliError `usage` when AWS is meant and the role is missing or the account is not twelve digits
 */
export function releaseTarget(options: TargetOptions, { aws, region, environment }: TargetPlace): Target {
  const { role, bucket } = options;
  const base = environment !== undefined && aws ? environmentTarget(environment) : undefined;
  if (aws && role === undefined && base === undefined)
    throw usageError(
      "--role is required with --aws: SageMaker assumes it to run the pipeline",
      "give the execution role, such as --role arn:aws:iam::111122223333:role/SagewrightExecution, or --env NAME",
    );
  const training = environment === undefined ? undefined : trainingPlacement(environment);
  const named = options.account ?? (role === undefined ? undefined : accountOf(role));
  const account = named ?? base?.account ?? localTarget.account;
  if (!/^\d{12}$/.test(account))
    throw usageError(`--account: '${account}' is no AWS account`, "give its twelve digits");
  return {
    region,
    account,
    bucket: bucket ?? base?.bucket ?? `sagewright-${region}-${account}`,
    roleArn: role ?? base?.roleArn ?? `arn:aws:iam::${account}:role/SagewrightExecution`,
    ...(training === undefined ? {} : { training }),
  };
}

function accountOf(role: string): string {
  const account = /^arn:[\w-]+:iam::(\d{12}):role\/.+$/.exec(role)?.[1];
  if (account === undefined)
    throw usageError(`--role: '${role}' is no role's ARN`, "write arn:aws:iam::111122223333:role/NAME");
  return account;
}
