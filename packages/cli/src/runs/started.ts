import pc from "picocolors";
import { type ExitCode, exitCodes } from "../exit-codes";
import type { Session } from "../session";
import type { Output } from "../terminal/output";
import { runId } from "./report-file";
import { pipelineOf } from "./run-pipeline";

/** What is said of a run that goes on without this command. */
export function printStarted(output: Output, session: Session, executionArn: string): ExitCode {
  const id = runId(executionArn);
  const pipeline = pipelineOf(executionArn);
  output.document({ pipeline, execution: executionArn, status: "Executing", place: session.place });
  output.line(`${pc.green("✓")} ${pipeline} runs on ${session.place} as ${pc.bold(id)}`);
  output.line(`${pc.dim("Next:")} sagewright runs watch ${id}${session.again}`);
  return exitCodes.done;
}
