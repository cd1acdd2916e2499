import { exitCodes } from "./exit-codes";
import { explain } from "./explain";
import { outputFor, runProgram } from "./program";
import type { Output } from "./terminal/output";

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
  const fail = (error: unknown, output: Output) => {
    const explanation = explain(error, interruption.signal.aborted, resumption(argv));
    output.failure(explanation);
    if (argv.includes("--verbose") && error instanceof Error) output.progress(error.stack ?? "");
    return explanation.exitCode;
  };
  // What breaks where nothing waits for it, such as a disk that fills while a job ends, ends the command as plainly.
  for (const event of ["uncaughtException", "unhandledRejection"])
    process.on(event, (error: unknown) => process.exit(fail(error, outputFor(argv))));
  const outcome = await runProgram(argv, interruption.signal);
  process.exitCode = outcome.error === undefined ? outcome.exitCode : fail(outcome.error, outcome.output);
}

/** The command that goes on after an interruption: only runs can. */
function resumption(argv: readonly string[]): string | undefined {
  if (!argv.includes("run")) return undefined;
  const words = argv.filter((word) => word !== "--resume");
  return `sagewright ${[...words, "--resume"].map(quoted).join(" ")}`;
}

function quoted(word: string): string {
  return /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
