import { existsSync, statSync } from "node:fs";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";

/**
 * A CSV file that the user named, if it is there.
 *
 * @param file absolute path
 * @param named as the user wrote it
 * @param option that named it
 * @throws CliError `data_not_found`
 */
export function csvFile(file: string, named: string, option = "--data"): string {
  if (existsSync(file) && statSync(file).isFile()) return file;
  throw new CliError({
    code: "data_not_found",
    subject: named,
    message: existsSync(file) ? "this is a folder, not a CSV file" : "there is no such file",
    at: file,
    fix: `name an existing CSV file with ${option}`,
    exitCode: exitCodes.usage,
  });
}
