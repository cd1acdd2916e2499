import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { nearest } from "../project/nearest";

/** What to say of an endpoint that is not there. */
export function endpointUnknown(name: string, known: readonly string[]): CliError {
  const meant = nearest(name, known);
  return new CliError({
    code: "endpoint_not_found",
    subject: name,
    message: "there is no such endpoint",
    ...(known.length === 0 ? {} : { why: `there ${known.length === 1 ? "is" : "are"}: ${known.join(", ")}` }),
    fix: meant === undefined ? "see: sagewright endpoints list" : `did you mean: ${meant}?`,
    exitCode: exitCodes.usage,
  });
}
