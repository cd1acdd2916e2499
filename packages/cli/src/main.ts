import { exitCodes } from "./exit-codes";
import { explain } from "./explain";
import { runProgram } from "./program";

// The embedded cloud is the only AWS here, so advice about the SDK's future Node versions helps nobody at a prompt.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

/** Entry point of the `sagewright` command: runs one command line and sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) ends the command quietly, as with any other program.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const interruption = new AbortController();
  process.once("SIGINT", () => {
    interruption.abort();
    // A second Ctrl-C does not wait for anything; the state folder is valid at every moment.
    process.once("SIGINT", () => process.exit(exitCodes.interrupted));
  });
  process.once("SIGTERM", () => interruption.abort());
  const outcome = await runProgram(argv, interruption.signal);
  process.exitCode = outcome.exitCode;
  if (outcome.error === undefined) return;
  const explanation = explain(outcome.error, interruption.signal.aborted);
  outcome.output.failure(explanation);
  if (argv.includes("--verbose") && outcome.error instanceof Error) outcome.output.progress(outcome.error.stack ?? "");
  process.exitCode = explanation.exitCode;
}
