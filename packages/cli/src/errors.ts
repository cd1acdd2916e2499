import { type ExitCode, exitCodes } from "./exit-codes";

/** What a user is told when a command cannot go on: the problem, where, why, and what to do. */
export interface Explanation {
  /** Stable identifier, such as `data_not_found`. */
  code: string;
  /** One sentence that names what was wrong and the value received. */
  message: string;
  /** What it is about: a step, a file, a field. */
  subject?: string;
  /** File and line, path in the definition, or run. */
  at?: string;
  /** The reason, where it is not the message itself. */
  why?: string;
  /** What to do next, preferably a command. */
  fix?: string;
  exitCode: ExitCode;
  /** What the message speaks of as data, for `--json`. */
  facts?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/** Any failure of a command that the user can do something about. Printed in layers, without a stack. */
export class CliError extends Error {
  readonly code: string;
  readonly explanation: Explanation;

  constructor(explanation: Explanation) {
    super(explanation.message, { cause: explanation.cause });
    this.name = "CliError";
    this.code = explanation.code;
    this.explanation = explanation;
  }
}

/** Wrong usage of the command line (exit code 2). */
export function usageError(message: string, fix?: string): CliError {
  return new CliError({ code: "usage", message, exitCode: exitCodes.usage, ...(fix === undefined ? {} : { fix }) });
}
