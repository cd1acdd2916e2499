import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";

/** One file of a model's verified archive. @throws CliError `predictor_missing` when the archive does not hold it */
export function archiveFile(files: ReadonlyMap<string, Uint8Array>, name: string, arn: string): Uint8Array {
  const content = files.get(name);
  if (content !== undefined) return content;
  throw new CliError({
    code: "predictor_missing",
    subject: arn,
    message: `the model's archive holds no ${name}`,
    fix: "train it with sklearn.train or sklearn.tune, which write it",
    exitCode: exitCodes.invalid,
  });
}
