import { describeExecution, retryExecution } from "@sagewright/sagemaker";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import type { CloudOptions } from "../options/cloud-options";
import { isAws, type Session, withSession } from "../session";
import { findRun } from "./find-run";
import { startOnDemand } from "./on-demand";
import { readyPython } from "./ready-python";
import { printStarted } from "./started";
import { watchedToEnd } from "./watch-run";

/** `sagewright runs retry`: on with a failed or stopped run from where it ended. */
export async function retryRun(
  context: CommandContext<CloudOptions & { detach?: boolean; onDemand?: boolean }>,
  word: string,
): Promise<ExitCode> {
  const { output, options } = context;
  const aws = isAws(options);
  if (options.detach && !aws)
    throw usageError(
      "--detach: on the embedded cloud a run lives as long as its command",
      "leave it out, or use --env",
    );
  if (!aws) await readyPython((line) => output.progress(line));
  return withSession(
    context,
    async (session) => {
      const { arn, id, status } = await findRun(session.clients, word);
      if (status !== "Failed" && status !== "Stopped") throw notRetryable(id, status, session.again);
      if (options.onDemand) {
        const again = await startOnDemand(session, arn, { waited: [], output });
        // It was tried before, and that has ended badly too.
        if (await hasFailed(session, again)) await retryExecution(session.clients, again);
        return options.detach ? printStarted(output, session, again) : await watchedToEnd(context, session, again);
      }
      await retryExecution(session.clients, arn);
      return options.detach ? printStarted(output, session, arn) : await watchedToEnd(context, session, arn);
    },
    { reading: true },
  );
}

async function hasFailed({ clients }: Session, executionArn: string): Promise<boolean> {
  const { PipelineExecutionStatus: status } = await describeExecution(clients, executionArn);
  return status === "Failed" || status === "Stopped";
}

function notRetryable(id: string, status: string, again: string): CliError {
  const running = status === "Executing" || status === "Stopping";
  return new CliError({
    code: "run_not_failed",
    subject: id,
    message: running ? "the run has not ended yet" : `the run has ended well (${status.toLowerCase()})`,
    fix: running ? `sagewright runs watch ${id}${again}` : "there is nothing to try again; start a new one",
    exitCode: exitCodes.usage,
  });
}
