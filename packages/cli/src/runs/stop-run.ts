import { stopExecution } from "@sagewright/sagemaker";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { withSession } from "../session";
import { findRun } from "./find-run";

/** `sagewright runs stop`: asks a run's jobs to end. */
export async function stopRun(context: CommandContext, word: string): Promise<undefined> {
  await withSession(
    context,
    async ({ clients }) => {
      const { arn, id, status } = await findRun(clients, word);
      if (status !== "Executing" && status !== "Stopping") throw endedAlready(id, status);
      await stopExecution(clients, arn);
      context.output.document({ stopping: arn });
      context.output.line(`${id} is stopping`);
    },
    { reading: true },
  );
}

function endedAlready(id: string, status: string): CliError {
  return new CliError({
    code: "run_ended",
    subject: id,
    message: `the run has ended already (${status.toLowerCase()}): there is nothing to stop`,
    fix: `sagewright runs show ${id}`,
    exitCode: exitCodes.failed,
  });
}
