import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { DirectPredict } from "../app/api";
import { PortTakenError, ServingError } from "../errors";
import { directListener } from "./direct";

/** A running server. */
export interface RunningServer {
  /** `http://127.0.0.1:8080`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /**
   * Serves another API from now on, such as one of a newer model. No connection is dropped; a request is answered whole by
   * the API that it met.
   */
  replace(app: ServedApp): void;
  /** Stops taking connections, lets requests under way end (for two seconds at most), and resolves when all is closed. */
  close(): Promise<void>;
}

/** What can be served: a `fetch` function, and `POST /predict` directly where the app offers it. */
export interface ServedApp {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly direct?: DirectPredict;
}

/** Where to listen. */
export interface NodeHostOptions {
  /** @default 127.0.0.1: this machine only */
  readonly host?: string;
  /** @default 0: a free port */
  readonly port?: number;
  /** How long a client may take to send a request's headers before it is cut off. @default 10 seconds */
  readonly headersTimeoutMs?: number;
  /** How long a client may take to send a whole request; streamed batches take their time. @default 10 minutes */
  readonly requestTimeoutMs?: number;
  /** How long nothing may happen on a connection with a request under way. @default 30 seconds */
  readonly idleTimeoutMs?: number;
}

const CLOSE_GRACE_MS = 2_000;

/**
 * Serves an API over HTTP with Node.
 *
 * @throws {@link PortTakenError} when another program has the port; {@link ServingError} `listen_failed` when the address
 *   cannot be used.
 */
export async function serveNode(
  app: ServedApp,
  {
    host = "127.0.0.1",
    port = 0,
    headersTimeoutMs = 10_000,
    requestTimeoutMs = 600_000,
    idleTimeoutMs = 30_000,
  }: NodeHostOptions = {},
): Promise<RunningServer> {
  const serverOptions = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: Math.max(requestTimeoutMs, headersTimeoutMs),
    // Node looks for slow clients only this often, every 30 seconds by default.
    connectionsCheckingInterval: Math.min(headersTimeoutMs, 2_000),
  };
  let listener = listenerFor(app, host);
  const server = createServer(serverOptions, (request, response) => listener(request, response));
  server.setTimeout(idleTimeoutMs);
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}`, port: address.port, close: () => close(server), replace };

  function replace(next: ServedApp): void {
    listener = listenerFor(next, host);
  }
}

function listenerFor({ fetch, direct }: ServedApp, hostname: string): RequestListener {
  const whole = getRequestListener(fetch, { hostname });
  return direct === undefined ? whole : directListener(direct, whole);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") reject(new PortTakenError(host, port, error));
      else
        reject(
          new ServingError("listen_failed", `Cannot listen on ${host}:${port}: ${error.message}.`, { cause: error }),
        );
    });
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
