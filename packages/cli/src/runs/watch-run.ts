import type { CommandContext } from "../command";
import { type ExitCode, exitCodes } from "../exit-codes";
import type { CloudOptions } from "../options/cloud-options";
import { type Session, withSession } from "../session";
import { findRun } from "./find-run";
import { runExitCode, runResult } from "./result";
import { finishRun, pipelineOf } from "./run-pipeline";
import { printRun } from "./summary";

/** `sagewright runs watch`: a run to its end, whoever started it. */
export async function watchAgain(context: CommandContext<CloudOptions>, word: string): Promise<ExitCode> {
  return withSession(
    context,
    async (session) => watchedToEnd(context, session, (await findRun(session.clients, word)).arn),
    { reading: true },
  );
}

/** Watches a run and prints how it ended. @returns the exit code that its end stands for */
export async function watchedToEnd(
  { output, signal, cwd }: CommandContext,
  session: Session,
  executionArn: string,
): Promise<ExitCode> {
  const finished = await finishRun(session, executionArn, { output, signal });
  const result = runResult(finished);
  await printRun(output, finished, result, { session, cwd, product: pipelineOf(executionArn), next: true });
  output.document(result);
  return result.status === "Stopped" ? exitCodes.failed : runExitCode(result);
}
