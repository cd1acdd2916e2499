import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";

/** The output would be written over the input. */
export function overwritesInput(input: string, place: string): CliError {
  return new CliError({
    code: "output_is_input",
    subject: place,
    message: `this is the input ${input}, and would be overwritten`,
    fix: "name another file with --out",
    exitCode: exitCodes.usage,
  });
}

/** The input already has a column that scoring adds. */
export function columnTaken(input: string, columns: readonly string[]): CliError {
  return new CliError({
    code: "column_taken",
    subject: input,
    message: `it already has ${columns.map((column) => JSON.stringify(column)).join(" and ")}, which scoring adds`,
    fix: "score the original file, or rename the column",
    exitCode: exitCodes.invalid,
  });
}

/** The output's folder takes no new files. */
export function unwritable(out: string, cause: unknown): CliError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  if (isFull(code)) return diskFull(out, 0, cause);
  const reasons: Record<string, string> = {
    EACCES: "its folder may not be written to",
    EPERM: "its folder may not be written to",
    EROFS: "its disk is mounted read-only",
    ENOTDIR: "its folder is a file",
    ENAMETOOLONG: "the name is too long",
  };
  return new CliError({
    code: "output_unwritable",
    subject: out,
    message: reasons[code] ?? `it cannot be written: ${message}`,
    fix: "name another file with --out",
    exitCode: exitCodes.environment,
    cause,
  });
}

/** Whether an error says that a disk, or one's share of it, is full. */
export function isFull(code: string | undefined): boolean {
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}

/** The input is not what it was when the run began. */
export function inputChanged(name: string): CliError {
  return new CliError({
    code: "input_changed",
    subject: name,
    message: "the file was changed while it was scored",
    fix: "wait until nothing writes to it, and run the same command again",
    exitCode: exitCodes.failed,
  });
}

/** The disk of the output has no room left. */
export function diskFull(out: string, bytes: number, cause: unknown): CliError {
  return new CliError({
    code: "disk_full",
    subject: out,
    message: `the disk is full after ${Math.round(bytes / 1e6)} MB of output`,
    fix: "make room and run the same command again: it goes on where it stopped",
    exitCode: exitCodes.environment,
    cause,
  });
}

/** Scoring was ended by the user. */
export function interrupted(out: string, rows: number): CliError {
  return new CliError({
    code: "interrupted",
    subject: out,
    message: `interrupted after ${rows.toLocaleString("en-US")} rows, which are kept`,
    fix: "run the same command again: it goes on where it stopped",
    exitCode: exitCodes.interrupted,
  });
}
