export { CliError, type Explanation } from "./errors";
export { type ExitCode, exitCodes } from "./exit-codes";
export { main } from "./main";
