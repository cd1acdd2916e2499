import { createServer } from "node:net";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";

/**
 * Makes sure of a port before long work begins that needs it at its end.
 *
 * @throws CliError `port_taken`
 */
export function freePort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (cause: NodeJS.ErrnoException) => reject(unavailable(port, cause)));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(port)));
  });
}

function unavailable(port: number, cause: NodeJS.ErrnoException): CliError {
  const taken = cause.code === "EADDRINUSE";
  return new CliError({
    code: taken ? "port_taken" : "port_unavailable",
    subject: `--port ${port}`,
    message: taken ? "another program listens on this port" : cause.message,
    fix: "give another port, or 0 for a free one",
    exitCode: exitCodes.environment,
    cause,
  });
}
