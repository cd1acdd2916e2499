import type { AddressInfo } from "node:net";
import { CloudError, isSystemError } from "./errors";
import { createHttpServer, isLoopbackHost } from "./protocol/hosts/http-server";
import type { WireHandler } from "./protocol/wire";

/** Where a cloud listens. */
export interface ListenOptions {
  /** @default "127.0.0.1": only programs on this machine */
  host?: string;
  /** @default any free port */
  port?: number;
  /** Host names to let in beside those that mean this machine (`Host` header, without port). @default none */
  allowHosts?: readonly string[];
}

/** A cloud that listens. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** The endpoint to give to clients, for instance `http://127.0.0.1:4566`. */
  readonly url: string;
  /** Cuts off open connections. */
  close(): void;
}

/**
 * Serves a handler over HTTP.
 * @throws CloudError `port_taken`, `listen_failed`
 */
export async function listenHttp(handle: WireHandler, options: ListenOptions): Promise<Listener> {
  const host = options.host ?? "127.0.0.1";
  const allowed = new Set(options.allowHosts?.map((name) => name.toLowerCase()));
  const server = createHttpServer(handle, { allowsHost: (name) => isLoopbackHost(name) || allowed.has(name) });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(listenFailure(host, options.port ?? 0, cause)));
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listenFailure(host: string, port: number, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause;
  const facts = { host, port, errno: cause.code };
  if (cause.code === "EADDRINUSE") {
    return new CloudError(
      "port_taken",
      `Port ${port} on ${host} is taken by another program. Name another port, or 0 for any free one.`,
      {
        facts,
        cause,
      },
    );
  }
  return new CloudError("listen_failed", `Listening on ${host}:${port} is not possible (${cause.code}).`, {
    facts,
    cause,
  });
}
