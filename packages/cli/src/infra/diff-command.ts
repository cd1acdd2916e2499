import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { cdk, withoutNoise } from "./cdk";

/** `sagewright infra diff`: what a deployment would change. */
export async function diffCommand(context: CommandContext<{ env: string }>): Promise<undefined> {
  const { output, options } = context;
  const { code, stdout, stderr } = await cdk(context, ["diff", "--no-color"], options.env);
  if (code !== 0) throw failed(options.env, stderr);
  const text = withoutNoise(`${stdout}${stderr}`);
  const changed = /Number of stacks with differences: (\d+)/.exec(text)?.[1];
  output.document({ environment: options.env, stacksThatDiffer: Number(changed ?? 0), text });
  output.line(withoutNoise(stdout.trim() === "" ? stderr : stdout));
}

function failed(env: string, stderr: string): CliError {
  const why = [...new Set(stderr.trim().split("\n"))].slice(-6).join("\n");
  const unknown =
    /credential|security token|Unable to resolve AWS account|Need to perform AWS calls|SSO|not authorized to perform: sts/i;
  if (unknown.test(stderr)) {
    return new CliError({
      code: "credentials",
      message: `what is deployed in ${env} cannot be read without credentials of its account`,
      why,
      fix: `sign in, such as: aws sso login; then: sagewright infra diff --env ${env}`,
      exitCode: exitCodes.environment,
    });
  }
  return new CliError({
    code: "diff_failed",
    message: `cdk diff of ${env} failed`,
    why,
    fix: "correct what is named, then compare again",
    exitCode: exitCodes.remote,
  });
}
