import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { createApi, embeddedBackend, type RunningServer, serveNode } from "@sagewright/serving";
import { model, post } from "./serving";

const row = { plan: "basic", international: true, tenure: 3, minutes: 120.5 };
const body = JSON.stringify(row);

describe("hostile clients", () => {
  const lines: string[] = [];
  let server: RunningServer;
  beforeAll(async () => {
    const { contract, predictor } = model("binary");
    const write = (fields: object, message: string) => lines.push(JSON.stringify({ ...fields, message }));
    const app = createApi({
      backend: embeddedBackend(predictor, contract),
      contract,
      model: { name: "churn", version: "7" },
      logger: { info: write, error: write },
    });
    server = await serveNode(app, { headersTimeoutMs: 3_000, idleTimeoutMs: 500 });
  });
  afterAll(() => server.close());

  const open = (first: string): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(server.port, "127.0.0.1", () => {
        socket.write(first);
        resolve(socket);
      });
      socket.once("error", reject);
    });
  const raw = async (request: string): Promise<string> => {
    const socket = await open(request);
    let received = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      received += chunk;
    });
    await new Promise((resolve) => socket.on("close", resolve));
    return received;
  };
  const latencies = async (count: number): Promise<number[]> => {
    const found: number[] = [];
    for (let index = 0; index < count; index++) {
      const start = performance.now();
      const answer = await fetch(`${server.url}/predict`, post(row));
      await answer.arrayBuffer();
      expect(answer.status).toBe(200);
      found.push(performance.now() - start);
    }
    return found.sort((a, b) => a - b);
  };
  const middle = (ms: readonly number[]) => ms[ms.length >> 1];

  test("with a thousand sockets that send half a request leave the others' answers quick", async () => {
    await latencies(50);
    const half = `POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"pl`;
    const closed: Promise<unknown>[] = [];
    for (let index = 0; index < 1000; index++) {
      // In groups: more than 511 at once would wait for the system, not for the server.
      if (index % 250 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const socket = connect(server.port, "127.0.0.1", () => socket.write(half));
      socket.on("error", () => undefined);
      closed.push(new Promise((resolve) => socket.resume().once("close", resolve)));
    }
    const during = await latencies(100);
    // As a rule: on a busy machine a single answer may wait for anything.
    expect(middle(during)).toBeLessThan(250);
    await Promise.all(closed);
    await latencies(5);
  });

  test("with a gzip bomb get 415, and nothing is unpacked", async () => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    // Whoever unpacked would say of the second that it is no gzip.
    for (const bomb of [gzipSync(Buffer.alloc(50_000_000)), Buffer.from("no gzip")]) {
      for (const path of ["/predict", "/predict/batch"]) {
        const answer = await fetch(`${server.url}${path}`, { method: "POST", headers, body: bomb });
        const { code } = (await answer.json()) as { code: string };
        expect([answer.status, code]).toEqual([415, "content_type_unsupported"]);
      }
    }
  });

  test.each([
    { what: "a line end in a header's value", head: "x-a: b\rset-cookie: c" },
    { what: "a blank before the colon", head: "x-a : b" },
    { what: "two lengths", head: "content-length: 3\r\ncontent-length: 4" },
    { what: "a length and a chunked body", head: "content-length: 3\r\ntransfer-encoding: chunked" },
    { what: "a negative length", head: "content-length: -1" },
    { what: "100 KB of headers", head: `x-a: ${"b".repeat(100_000)}` },
  ])("with $what get 4xx and no request is smuggled in", async ({ head }) => {
    const smuggled = "GET /health HTTP/1.1\r\nhost: a\r\n\r\n";
    const received = await raw(`POST /predict HTTP/1.1\r\nhost: a\r\n${head}\r\n\r\n${smuggled}`);
    expect(received).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(received).not.toContain("ready");
  });

  test.each([
    "/../../etc/passwd",
    "/docs/../../etc/passwd",
    "/docs/%2e%2e/%2e%2e/etc/passwd",
    "/docs/..%5c..%5cwin.ini",
    "//etc/passwd",
    "/predict%00",
    "/%",
  ])("with the path %s get 404", async (path) => {
    const received = await raw(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
    expect(received).toMatch(/^HTTP\/1\.1 404 /);
  });

  test("cannot write into the log", async () => {
    lines.length = 0;
    const forged = '%0a{"level":"error","message":"forged"}';
    await raw(`GET /${forged} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nuser-agent: forged\r\n\r\n`);
    await raw(`FORGED /predict HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
    await fetch(`${server.url}/predict`, post({ ...row, plan: 'x\n{"message":"forged"}' }));
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.join("\n")).not.toMatch(/forged/i);
  });

  test("with answers they never read hold no memory of a batch", async () => {
    const rows = `${body}\n`.repeat(20_000);
    const head = `POST /predict/batch?drivers=4 HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-ndjson\r\ncontent-length: ${Buffer.byteLength(rows)}\r\n\r\n`;
    const sockets = await Promise.all(Array.from({ length: 20 }, () => open(head)));
    for (const socket of sockets) {
      socket.on("error", () => undefined);
      socket.pause();
      socket.write(rows);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    await latencies(20);
    for (const socket of sockets) socket.destroy();
    await latencies(5);
  });
});
