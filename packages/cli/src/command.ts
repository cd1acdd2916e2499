import type { Command } from "commander";
import type { ExitCode } from "./exit-codes";
import type { Output } from "./terminal/output";

/** Options that every command takes. */
export interface GlobalOptions {
  quiet?: boolean;
  verbose?: boolean;
  color?: boolean;
  cwd: string;
  state?: string;
  yes?: boolean;
  input?: boolean;
}

/** What a command is given to work with. */
export interface CommandContext<Options = unknown> {
  output: Output;
  options: Options & GlobalOptions;
  /** Absolute folder the command works in. */
  cwd: string;
  /** Aborted by Ctrl-C; long work stops, tidies up and ends with exit code 130. */
  signal: AbortSignal;
}

/** One file under `commands/`: adds arguments, options and examples, and does the work. */
export interface CommandModule {
  define(command: Command, act: Act): void;
}

/** Turns a typed function into a commander action with output, cancellation and exit codes handled. */
export type Act = <Options>(
  work: (context: CommandContext<Options>, ...args: string[]) => Promise<ExitCode | undefined> | ExitCode | undefined,
) => (...args: unknown[]) => Promise<void>;
