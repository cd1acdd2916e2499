import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import { createHttpServer } from "../../../src/protocol/hosts/http-server";
import type { WireHandler } from "../../../src/protocol/wire";

/** A client on a thread of its own: it goes on while the server's thread stands still. */
const client = `
const { Agent, request } = require("node:http");
const { parentPort, workerData: { port } } = require("node:worker_threads");
const agent = new Agent({ keepAlive: true });
const send = (bytes) => new Promise((resolve) => {
  const headers = { "content-length": bytes };
  const outgoing = request({ port, agent, method: "POST", headers }, (incoming) => {
    incoming.resume().on("error", (error) => resolve(error.message)).on("end", () => resolve(incoming.statusCode));
  });
  outgoing.on("error", (error) => resolve(error.message));
  outgoing.end(Buffer.alloc(bytes));
});
parentPort.on("message", async ({ requests, bytes }) => {
  if (requests === 0) { agent.destroy(); parentPort.close(); return; }
  parentPort.postMessage(await Promise.all(Array.from({ length: requests }, () => send(bytes))));
});
`;

type Answer = number | string;

async function withClient(
  handle: WireHandler,
  use: (
    send: (requests: number, bytes: number) => Promise<Answer[]>,
    server: ReturnType<typeof createHttpServer>,
  ) => Promise<void>,
): Promise<void> {
  const server = createHttpServer(handle, { allowsHost: () => true });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const worker = new Worker(client, { eval: true, workerData: { port: (server.address() as AddressInfo).port } });
  try {
    await use(async (requests, bytes) => {
      worker.postMessage({ requests, bytes });
      return (await once(worker, "message"))[0] as Answer[];
    }, server);
  } finally {
    worker.postMessage({ requests: 0 });
    await once(worker, "exit");
    server.close();
  }
}

test("a client that is still sending when it is refused gets the answer", async () => {
  await withClient(
    async () => ({ status: 404, headers: {}, body: Buffer.from("no such place") }),
    async (send) => {
      for (let round = 0; round < 5; round += 1) expect(await send(3, 20_000_000)).toEqual([404, 404, 404]);
    },
  );
});

test("so does one whose body stops being read in the middle", async () => {
  await withClient(
    async ({ body }) => {
      for await (const _first of body as AsyncIterable<Uint8Array>) break;
      return { status: 500, headers: {}, body: Buffer.from("the disk is full") };
    },
    async (send) => {
      for (let round = 0; round < 5; round += 1) expect(await send(3, 20_000_000)).toEqual([500, 500, 500]);
    },
  );
});

test("no time-out ever closes a connection under a request that waits in the socket", async () => {
  await withClient(
    async () => ({ status: 200, headers: {}, body: undefined }),
    async (send, server) => {
      const { keepAliveTimeout, headersTimeout, requestTimeout, timeout } = server;
      expect({ keepAliveTimeout, headersTimeout, requestTimeout, timeout }).toEqual({
        keepAliveTimeout: 0,
        headersTimeout: 0,
        requestTimeout: 0,
        timeout: 0,
      });
      expect(await send(15, 5)).toEqual(Array(15).fill(200));
      const later = send(15, 5);
      // This thread stands still while the requests arrive, and wakes where time-outs are looked at before the sockets.
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300));
      expect(await later).toEqual(Array(15).fill(200));
    },
  );
});
