import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import type { ContainerExit } from "../../../jobs/runtime";

/**
 * Why a container's end is a failure, as DescribeTrainingJob says it: the first 1,024 characters of
 * `/opt/ml/output/failure`; without that file what the toolkit would have written there, or the bare exit code.
 *
 * @param root the job's /opt/ml on this machine
 * @param toolkitCommand the script's command line when the toolkit ran it; absent for a request's own entry point
 */
export async function failureReason(
  root: string,
  exit: ContainerExit,
  toolkitCommand: readonly string[] | undefined,
): Promise<string> {
  const own = await readFile(join(root, "output", "failure"), "utf8").catch(() => "");
  const text = own !== "" ? own : toolkitCommand ? scriptError(exit, toolkitCommand) : `Exit Code: ${exitCode(exit)}`;
  return `AlgorithmError: ${text.slice(0, 1024)}`;
}

/** The text that the toolkit writes to the failure file when a script fails. */
const scriptError = (exit: ContainerExit, command: readonly string[]): string =>
  `ExecuteUserScriptError:\nExitCode ${popenCode(exit)}\nErrorMessage ""\nCommand "${command.join(" ")}"`;

/** As a container's engine counts: 128 and the signal's number. */
const exitCode = (exit: ContainerExit): number => exit.code ?? 128 + signalNumber(exit.signal);

/** As Python's subprocess counts: minus the signal's number. */
const popenCode = (exit: ContainerExit): number => exit.code ?? -signalNumber(exit.signal);

const signalNumber = (name: string | null): number => constants.signals[name as NodeJS.Signals] ?? 9;
