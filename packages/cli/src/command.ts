import type { Command } from "commander";
import type { ExitCode } from "./exit-codes";
import type { Output } from "./terminal/output";

/** Options that every command takes. */
export interface GlobalOptions {
  quiet?: boolean;
  verbose?: boolean;
  color?: boolean;
  cwd?: string;
  state?: string;
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

/** One file under `commands/`: the words of a command (arguments, options, examples), and where its work is found. */
export interface CommandModule {
  define(command: Command, act: Act): void;
}

/** What a command does. Nothing returned means done. */
export type Work<Options> = (
  context: CommandContext<Options>,
  ...args: string[]
) => Promise<ExitCode | undefined> | ExitCode | undefined;

/** Turns work into a commander action. It is loaded only when called, so that help and typos cost no imports. */
export type Act = <Options>(load: () => Work<Options>) => (...args: unknown[]) => Promise<void>;
