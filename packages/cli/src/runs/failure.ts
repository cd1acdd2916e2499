import { type ExitCode, exitCodes } from "../exit-codes";

/** Why a step failed, with the service's wrapping taken off. */
export interface Failure {
  /** The job's own word for it, such as `target_one_class`. @default absent when the job gave none */
  code?: string;
  message: string;
}

const wrappings = [
  /^ClientError: /,
  /^InternalServerError: We encountered an internal error\. Please try again\.\s*/,
  /^AlgorithmError: /,
];

/** How a job that gave no reason of its own is reported. */
const exit = /^(?:Exit Code: |ExecuteUserScriptError:\s+ExitCode )(-?\d+)/;

/** Reads a step's failure reason as SageMaker words it. */
export function readFailure(reason: string): Failure {
  const bare = wrappings.reduce((text, wrapping) => text.replace(wrapping, ""), reason.trim());
  const inner = /^\(([\s\S]+)\)$/.exec(bare)?.[1] ?? bare;
  const code = exit.exec(inner)?.[1];
  if (code !== undefined) return { message: `its script ended with exit code ${code}` };
  const coded = /^([a-z]+(?:_[a-z0-9]+)+): ([\s\S]+)$/.exec(inner);
  const message = readableNumbers(coded?.[2] ?? inner);
  return coded?.[1] === undefined ? { message } : { code: coded[1], message };
}

const dataCodes =
  /^(file_|not_utf8$|header_|column_|no_rows$|no_features$|target_|too_few_rows$|all_quarantined$|contract_)/;
const environmentCodes = /^(disk_|no_python$|wrong_scikit_learn$|environment_|no_network$)/;

/** The exit code that a failed step's reason stands for: bad data is not a failed program. */
export function failureExitCode({ code }: Failure): ExitCode {
  if (code === undefined) return exitCodes.failed;
  if (dataCodes.test(code)) return exitCodes.invalid;
  return environmentCodes.test(code) ? exitCodes.environment : exitCodes.failed;
}

/**
 * A sentence with its long decimals cut to four significant digits: "ROC AUC 0.8296 is below the minimum of 0.9". More
 * digits are kept where two different figures would read the same.
 */
export function readableNumbers(text: string): string {
  const decimals = /(?<![\w.])-?\d+\.\d+(?:e[+-]?\d+)?(?![\w.]*\w)/g;
  const values = [...new Set((text.match(decimals) ?? []).map(Number))];
  for (let digits = 4; digits < 16; digits++) {
    const shown = values.map((value) => Number(value.toPrecision(digits)));
    if (new Set(shown).size === values.length) return text.replace(decimals, (found) => cut(found, digits));
  }
  return text;
}

function cut(found: string, digits: number): string {
  const short = String(Number(Number(found).toPrecision(digits)));
  return short.length < found.length ? short : found;
}
