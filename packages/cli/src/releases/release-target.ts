import { localTarget, type Target } from "@sagewright/pipeline";
import type { Command } from "commander";
import { usageError } from "../errors";
import type { CloudOptions, CloudSession } from "../session";
import { regionOf } from "./refusal";

/** Options that say for which account a pipeline is compiled. */
export interface TargetOptions extends CloudOptions {
  contract?: string;
  account?: string;
  bucket?: string;
  role?: string;
}

/** Adds the options of {@link TargetOptions} to a command. */
export function targetOptions(command: Command): Command {
  return command
    .option("--contract <name>", "which of the product's contracts the data follows")
    .option("--aws", "on AWS, in the account of the environment (default: the embedded cloud)")
    .option("--region <region>", "AWS region (default: the environment's)")
    .option("--account <id>", "AWS account (default: the role's)")
    .option("--bucket <name>", "bucket for code, data and outputs (default: sagewright-REGION-ACCOUNT)")
    .option("--role <arn>", "execution role; required with --aws");
}

/**
 * The target that options name, with the embedded cloud's own values where they name none.
 *
 * @throws CliError `usage` when AWS is meant and the role is missing or the account is not twelve digits
 */
export async function releaseTarget(options: TargetOptions, { clients }: CloudSession): Promise<Target> {
  const { aws, role, bucket } = options;
  if (aws && role === undefined)
    throw usageError(
      "--role is required with --aws: SageMaker assumes it to run the pipeline",
      "give the execution role, such as --role arn:aws:iam::111122223333:role/SagewrightExecution",
    );
  const account = options.account ?? (role === undefined ? undefined : accountOf(role)) ?? localTarget.account;
  if (!/^\d{12}$/.test(account))
    throw usageError(`--account: '${account}' is no AWS account`, "give its twelve digits");
  const region = aws ? await regionOf(clients) : (options.region ?? localTarget.region);
  return {
    region,
    account,
    bucket: bucket ?? `sagewright-${region}-${account}`,
    roleArn: role ?? `arn:aws:iam::${account}:role/SagewrightExecution`,
  };
}

function accountOf(role: string): string {
  const account = /^arn:[\w-]+:iam::(\d{12}):role\/.+$/.exec(role)?.[1];
  if (account === undefined)
    throw usageError(`--role: '${role}' is no role's ARN`, "write arn:aws:iam::111122223333:role/NAME");
  return account;
}
