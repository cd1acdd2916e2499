import type { Command } from "commander";

/** How a command says on which cloud it works. Without any of these it is the embedded cloud. */
export interface CloudOptions {
  /** AWS as `config/NAME.ts` of the project says: account, region, bucket, role, profile. */
  env?: string;
  /** AWS as the environment variables and profiles say. */
  aws?: boolean;
  /** With `--env`: its settings, but on the embedded cloud. */
  local?: boolean;
  region?: string;
  profile?: string;
  /** Whatever answers here instead of AWS. */
  endpointUrl?: string;
}

/** Adds the options of {@link CloudOptions} to a command. */
export function cloudOptions(command: Command): Command {
  return command
    .optionsGroup("Which cloud (default: the embedded one):")
    .option("--env <name>", "AWS, as config/NAME.ts says")
    .option("--aws", "AWS, as the AWS variables and profiles say")
    .option("--local", "with --env: its settings on the embedded cloud, as a rehearsal")
    .option("--region <region>", "AWS region (default: the environment's)")
    .option("--profile <name>", "profile of ~/.aws/config (default: AWS_PROFILE)")
    .option("--endpoint-url <url>", "what answers in place of AWS, such as `sagewright cloud` elsewhere")
    .optionsGroup("Options:");
}
