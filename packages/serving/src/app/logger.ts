import pino from "pino";
import type { ApiLogger } from "./log";

/** A pino logger that writes JSON lines to standard error, so that standard output stays the program's own. */
export function stderrLogger(level: "info" | "error" | "silent" = "info"): ApiLogger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}
