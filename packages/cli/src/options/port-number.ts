import { usageError } from "../errors";

/** Reads a port. @throws CliError `usage` when it is no port number */
export function portNumber(text: string): number {
  const port = Number(text);
  if (text.trim() !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw usageError(`--port: '${text}' is not between 0 and 65535`, "give a port number, or 0 for a free one");
}
