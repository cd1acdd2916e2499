import { resolve } from "node:path";
import { backupState, restoreState, type StateCheck, StateError, verifyState } from "@sagewright/local";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import { layers } from "../explain";
import { stateFolder } from "../session";
import { plural } from "../terminal/format";

/** `sagewright state backup`. */
export async function backup(context: CommandContext<{ force?: boolean }>, file: string): Promise<undefined> {
  const stateDir = stateFolder(context);
  const target = resolve(context.cwd, file);
  const done = await told(backupState({ stateDir, file: target, replace: context.options.force === true }));
  context.output.document({ state: stateDir, ...done });
  context.output.line(
    `${pc.green("✓")} ${target}: ${plural(done.files, "file")}, ${plural(done.bytes, "byte")} of ${stateDir}`,
  );
}

/** `sagewright state restore`, then a check of what is there now. */
export async function restore(context: CommandContext<{ force?: boolean }>, file: string): Promise<ExitCode> {
  const { output } = context;
  const stateDir = stateFolder(context);
  const source = resolve(context.cwd, file);
  const done = await told(restoreState({ stateDir, file: source, force: context.options.force === true }));
  const check = await told(verifyState(stateDir));
  output.document({ state: stateDir, ...done, check });
  output.line(`${pc.green("✓")} ${stateDir} is as it was ${done.createdAt}: ${plural(done.files, "file")}`);
  if (done.before !== undefined) output.line(`what was there before is now ${done.before}`);
  return report(context, check);
}

/** `sagewright state verify`. */
export async function verify(context: CommandContext): Promise<ExitCode> {
  const stateDir = stateFolder(context);
  const check = await told(verifyState(stateDir));
  context.output.document({ state: stateDir, ...check });
  return report(context, check);
}

function report({ output }: CommandContext, { checked, damaged, notes }: StateCheck): ExitCode {
  for (const note of notes) output.line(`${pc.dim("·")} ${note}`);
  for (const { at, message, code } of damaged)
    output.line(`${pc.red("✗")} ${pc.bold(at)}  ${message}  ${pc.dim(code)}`);
  const looked = [
    plural(checked.records, "record"),
    plural(checked.journals, "journal"),
    plural(checked.objects, "object"),
    plural(checked.references, "reference"),
  ].join(", ");
  if (damaged.length === 0) {
    output.line(`${pc.green("✓")} ${looked}: all whole`);
    return exitCodes.done;
  }
  output.line(`${looked}: ${plural(damaged.length, "damage")}`);
  output.line(`${pc.dim("Next:")} sagewright state restore FILE --force, or run the pipeline again`);
  return exitCodes.invalid;
}

/** What an archive is guilty of is invalid input; what the folder is, is the environment's. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StateError) || !error.code.startsWith("backup_")) throw error;
    const usage = error.code === "backup_exists" || error.code === "backup_inside";
    throw new CliError({
      code: error.code,
      ...layers(error.message),
      exitCode: usage ? exitCodes.usage : exitCodes.invalid,
      cause: error,
    });
  }
}
