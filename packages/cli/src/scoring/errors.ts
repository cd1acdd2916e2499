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
