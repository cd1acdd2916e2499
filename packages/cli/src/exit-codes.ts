/** Exit codes of every command, also given as `exitCode` in JSON errors. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  invalid: 3,
  gateNotMet: 4,
  environment: 5,
  remote: 6,
  interrupted: 130,
} as const;

/** One of the codes a command may end with. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
