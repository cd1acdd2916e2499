/** What the API writes its log to; a pino logger is one. */
export interface ApiLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/**
 * What the log may say about an error: its kind and where it was thrown. Not its message, which may quote what a customer
 * sent.
 */
export function loggedError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: loggedError(error.cause) };
  return { error: error.name, ...code, at: frames.slice(0, 6).map((line) => line.trim()), ...cause };
}
