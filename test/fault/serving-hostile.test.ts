import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { cli, scratchFolders, startCli } from "../support/cli";
import { tiny, tinyProduct } from "../support/tiny-product";
import { type Honest, honestClient, open, quantile, raw, send } from "./serving-client";

/** Everything at once that a hostile client can do to `sagewright serve`, while an honest one keeps asking. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
const row = { tenure: 12, plan: "basic", charge: 42.5 };
const good = JSON.stringify(row);
const line = `${good}\n`;
/** What an honest client may wait at most: a quarter of a second, or ten times what it waits on this machine in peace. */
let longestMs = 250;
const memoryMiB = 256;

let server: ChildProcess;
let url = "";
let port = 0;
let state = "";
let said = "";
let slowHeaders: Promise<number>[] = [];

const rssMiB = () => Number(execFileSync("ps", ["-o", "rss=", "-p", String(server.pid)], { encoding: "utf8" })) / 1024;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  const { folder } = await tinyProduct(newFolder());
  state = join(folder, "state");
  const here = (...words: string[]) => cli([...words, "--json", "--state", state], { cwd: folder });
  expect((await here("run", tiny)).code).toBe(0);
  expect((await here("models", "approve", `${tiny}/1`)).code).toBe(0);
  server = startCli(["serve", tiny, "--port", "0", "--json", "--state", state], { cwd: folder });
  const note = (chunk: Buffer) => {
    said += chunk;
  };
  server.stdout?.on("data", note);
  server.stderr?.on("data", note);
  while (!/"url": "[^"]+"/.test(said)) await once(server.stdout as NodeJS.ReadableStream, "data");
  url = /"url": "([^"]+)"/.exec(said)?.[1] ?? "";
  port = Number(new URL(url).port);
  const end = await honestClient(`${url}/predict`, row);
  await pause(1000);
  longestMs = Math.max(longestMs, 10 * quantile((await end()).ms, 0.99));
  slowHeaders = Array.from({ length: 20 }, dripHeaders);
});

afterAll(() => {
  if (server.exitCode === null && server.signalCode === null) server.kill("SIGKILL");
});

/** Sends a header's next byte every half second and gives how long the server put up with it. */
async function dripHeaders(): Promise<number> {
  const started = performance.now();
  const socket = await open(port, "POST /predict HTTP/1.1\r\nhost: a\r\nx-slow: ");
  socket.on("error", () => undefined);
  const drip = setInterval(() => socket.write("a"), 500);
  await new Promise((resolve) => socket.resume().once("close", resolve));
  clearInterval(drip);
  return performance.now() - started;
}

/** Does something hostile while an honest client asks, and holds the server to what it owes that client. */
async function besideAnHonestClient(hostile: () => Promise<void>): Promise<Honest> {
  const end = await honestClient(`${url}/predict`, row);
  let seen: Honest;
  try {
    await hostile();
  } finally {
    seen = await end();
  }
  expect(seen.failures).toEqual([]);
  expect(quantile(seen.ms, 0.99)).toBeLessThan(longestMs);
  expect(rssMiB()).toBeLessThan(memoryMiB);
  return seen;
}

const changed = (change: object) => JSON.stringify({ ...row, ...change });
const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;

describe("a served model", () => {
  test.each([
    { what: "wrong types", body: changed({ tenure: "x", charge: [] }), status: 422, code: "row_invalid" },
    { what: "a missing field", body: '{"tenure":12,"plan":"basic"}', status: 422, code: "row_invalid" },
    { what: "an extra field", body: changed({ extra: 1 }), status: 422, code: "row_invalid" },
    { what: "NaN", body: good.replace("42.5", "NaN"), status: 400, code: "body_not_json" },
    { what: "Infinity", body: good.replace("42.5", "Infinity"), status: 400, code: "body_not_json" },
    { what: "1e400", body: good.replace("42.5", "1e400"), status: 422, code: "row_invalid" },
    { what: "negative tenure", body: changed({ tenure: -1 }), status: 422, code: "row_invalid" },
    { what: "an unknown category", body: changed({ plan: "gold" }), status: 422, code: "row_invalid" },
    { what: "an empty body", body: "", status: 400, code: "body_empty" },
    { what: "10 MB", body: `{"a":"${"x".repeat(10_000_000)}"}`, status: 413, code: "body_too_large" },
    { what: "deep nesting", body: deep.slice(0, 60_000), status: 400, code: "body_too_deep" },
    { what: "bad UTF-8", body: Buffer.from([0x22, 0xc3, 0x28, 0x22]), status: 400, code: "body_not_utf8" },
    { what: "a field given twice", body: good.replace("{", '{"tenure":1,'), status: 400, code: "body_duplicate_key" },
    { what: "__proto__", body: good.replace("{", '{"__proto__":{"tenure":1},'), status: 422, code: "row_invalid" },
    { what: "a constructor", body: good.replace("{", '{"constructor":1,'), status: 422, code: "row_invalid" },
  ])("refuses $what", async ({ body, status, code }) => {
    expect(await send(`${url}/predict`, body)).toMatchObject({ status, code });
    expect(await send(`${url}/predict`, good)).toMatchObject({ status: 200 });
  });

  test.each(["text/plain", "application/json; charset=latin1", "multipart/form-data", ""])(
    "refuses a body of the type '%s'",
    async (type) => {
      const answered = await send(`${url}/predict`, good, type === "" ? {} : { "content-type": type });
      expect(answered).toMatchObject({ status: 415, code: "content_type_unsupported" });
    },
  );

  test.each(["/../../etc/passwd", "/docs/%2e%2e/%2e%2e/etc/passwd", "/docs/..%5c..%5cwin.ini", "/predict%00", "/%"])(
    "has nothing at the path %s",
    async (path) => {
      expect(await raw(port, `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 404 /,
      );
    },
  );

  test("lets nobody write its log, its audit log or another's request", async () => {
    const forged = 'forged\\n{"what":"forged"}';
    await raw(port, `GET /%0a${forged.replaceAll(/[" ]/g, "")} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
    await send(`${url}/predict`, changed({ plan: forged }), {
      "content-type": "application/json",
      "x-request-id": "forged",
    });
    for (const head of ["x-a: b\rset-cookie: c", "x-a : b", "content-length: 3\r\ntransfer-encoding: chunked"]) {
      const received = await raw(
        port,
        `POST /predict HTTP/1.1\r\nhost: a\r\n${head}\r\n\r\nGET /health HTTP/1.1\r\n\r\n`,
      );
      expect(received).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(received).not.toMatch(/set-cookie/i);
    }
    const folder = join(state, "serving");
    const logs = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    const kept = logs.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8")).join("");
    expect(kept).toContain("predict");
    expect(`${said}${kept}`).not.toMatch(/forged/i);
  });

  test("unpacks no gzip bomb", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    await besideAnHonestClient(async () => {
      for (const path of ["/predict", "/predict/batch", "/predict", "/predict/batch"]) {
        const headers = { "content-type": "application/json", "content-encoding": "gzip" };
        expect(await send(`${url}${path}`, bomb, headers)).toMatchObject({ status: 415 });
      }
    });
  });

  test("is not moved by a thousand sockets that never finish a request", async () => {
    await besideAnHonestClient(async () => {
      const half = `POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"pl`;
      const sockets = [];
      for (let index = 0; index < 1000; index += 1) {
        if (index % 200 === 0) await pause(20);
        sockets.push(open(port, half));
      }
      const opened = await Promise.all(sockets);
      for (const socket of opened) socket.on("error", () => undefined);
      await pause(1500);
      for (const socket of opened) socket.destroy();
      await pause(200);
    });
  });

  test("answers the batches of clients that never read, go away in the middle, or send no end of a line", async () => {
    await besideAnHonestClient(async () => {
      const head = (type: string) =>
        `POST /predict/batch HTTP/1.1\r\nhost: a\r\ncontent-type: ${type}\r\ncontent-length: 100000000\r\n\r\n`;
      const unread = await Promise.all(Array.from({ length: 4 }, () => open(port, head("application/x-ndjson"))));
      for (const socket of unread) {
        socket.on("error", () => undefined);
        socket.pause();
        socket.write(line.repeat(50_000));
      }
      for (let gone = 0; gone < 20; gone += 1) {
        const socket = await open(port, `${head("application/x-ndjson")}${line.repeat(500)}`);
        socket.on("error", () => undefined);
        await pause(10);
        socket.destroy();
      }
      const endless = await open(port, `${head("text/csv")}tenure,plan,charge\n`);
      endless.on("error", () => undefined);
      for (let piece = 0; piece < 64; piece += 1) endless.write(`"${"x".repeat(65_535)}`);
      await pause(1000);
      for (const socket of [...unread, endless]) socket.destroy();
      await pause(200);
    });
  });

  test("answers others while it answers a long batch, in bounded memory", async () => {
    const rows = 150_000;
    const block = line.repeat(1000);
    await besideAnHonestClient(async () => {
      const answered = await new Promise<number>((resolve, reject) => {
        const headers = { "content-type": "application/x-ndjson", "transfer-encoding": "chunked" };
        const call = request(`${url}/predict/batch`, { method: "POST", headers, agent: false }, (response) => {
          let lines = 0;
          response.on("data", (chunk: Buffer) => {
            for (const byte of chunk) if (byte === 10) lines += 1;
          });
          response.on("end", () => resolve(lines));
        });
        call.on("error", reject);
        let sent = 0;
        const push = (): void => {
          while (sent < rows) {
            sent += 1000;
            if (!call.write(block)) {
              call.once("drain", push);
              return;
            }
          }
          call.end();
        };
        push();
      });
      expect(answered).toBe(rows);
    });
  });

  test("cuts off clients that send their headers byte by byte", async () => {
    const put = await Promise.all(slowHeaders);
    expect(Math.max(...put)).toBeLessThan(20_000);
  });

  test("is still there, as it was, and ends when it is told to", async () => {
    expect(rssMiB()).toBeLessThan(memoryMiB);
    expect(await send(`${url}/predict`, good)).toMatchObject({ status: 200 });
    const closed = once(server, "close");
    server.kill("SIGINT");
    expect((await closed)[0]).toBe(0);
  });
});
