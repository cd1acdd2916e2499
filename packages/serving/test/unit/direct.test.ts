import { connect } from "node:net";
import { createApi, embeddedBackend, type RunningServer, serveNode } from "@sagewright/serving";
import { model } from "./serving";

const row = JSON.stringify({ plan: "basic", international: true, tenure: 3, minutes: 120.5 });

/** The API twice, with the same ids and clock: as it is served, and with every request on the way through `fetch`. */
async function twins(): Promise<{ direct: RunningServer; whole: RunningServer; taken: () => number }> {
  let taken = 0;
  const make = (): ReturnType<typeof createApi> => {
    const { contract, predictor } = model("binary");
    let count = 0;
    return createApi({
      backend: embeddedBackend(predictor, contract),
      contract,
      model: { name: "churn", version: "7", threshold: predictor.threshold ?? 0.5 },
      ids: () => {
        count += 1;
        return `id-${count}`;
      },
      clock: { now: () => new Date("2026-01-02T03:04:05Z"), monotonicMs: () => 1000 },
    });
  };
  const app = make();
  const { direct } = app;
  const counted = {
    ...direct,
    predict: (...args: Parameters<typeof direct.predict>) => {
      taken += 1;
      return direct.predict(...args);
    },
  };
  const { fetch } = make();
  return {
    direct: await serveNode({ fetch: app.fetch, direct: counted }),
    whole: await serveNode({ fetch }),
    taken: () => taken,
  };
}

/** Sends bytes and gives every byte that comes back, but for the date. */
function exchange({ port }: RunningServer, request: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () =>
      resolve(
        Buffer.concat(chunks)
          .toString("latin1")
          .replace(/^date: .*\r\n/gim, ""),
      ),
    );
  });
}

function request(body: string | Buffer, { path = "/predict", headers = {} as Record<string, string> } = {}): Buffer {
  const all = { host: "a", connection: "close", "content-type": "application/json", ...headers };
  const lines = Object.entries({ "content-length": String(Buffer.byteLength(body)), ...all });
  const head = [`POST ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

describe("the direct way of POST /predict", () => {
  let servers: Awaited<ReturnType<typeof twins>>;
  beforeAll(async () => {
    servers = await twins();
  });
  afterAll(() => Promise.all([servers.direct.close(), servers.whole.close()]));

  const cases: [what: string, bytes: Buffer, takenDirectly: boolean][] = [
    ["a prediction", request(row), true],
    ["a prediction without drivers", request(row, { path: "/predict?drivers=0" }), true],
    ["letters beyond ASCII in an error", request(row.replace("basic", "b\u00e4sic \ud83d\ude42")), true],
    ["too many drivers", request(row, { path: "/predict?drivers=101" }), true],
    ["drivers that are no number", request(row, { path: "/predict?drivers=all" }), false],
    ["drivers given twice", request(row, { path: "/predict?drivers=1&drivers=2" }), false],
    ["another query", request(row, { path: "/predict?name=x" }), false],
    ["an encoded query", request(row, { path: "/predict?drivers=%31" }), false],
    ["an empty body", request(""), true],
    ["a broken body", request(row.slice(0, -1)), true],
    ["bytes that are not UTF-8", request(Buffer.from([0x7b, 0xff, 0x7d])), true],
    ["a byte-order mark", request(`\ufeff${row}`), true],
    ["a repeated member", request(`{"plan":"gold",${row.slice(1)}`), true],
    ["many bad fields", request(JSON.stringify({ plan: 1, tenure: -4, surname: "x" })), true],
    ["a body at the limit", request(row.padEnd(65_536)), true],
    ["a body over the limit", request(row.padEnd(65_537)), false],
    ["a charset", request(row, { headers: { "content-type": "application/json; charset=utf-8" } }), false],
    ["another type", request(row, { headers: { "content-type": "text/plain" } }), false],
    ["a content encoding", request(row, { headers: { "content-encoding": "gzip" } }), false],
    [
      "a chunked body",
      Buffer.from(
        `POST /predict HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${row.length.toString(16)}\r\n${row}\r\n0\r\n\r\n`,
      ),
      false,
    ],
    ["a path that only looks alike", request(row, { path: "/predict/" }), false],
  ];

  test.each(cases.map(([what, bytes, direct]) => ({ what, bytes, direct })))(
    "answers $what byte for byte alike",
    async ({ bytes, direct }) => {
      const before = servers.taken();
      const [fast, slow] = await Promise.all([exchange(servers.direct, bytes), exchange(servers.whole, bytes)]);
      expect(fast).toMatch(/^HTTP\/1\.1 [2-5]/);
      expect(fast).toBe(slow);
      expect(servers.taken() - before).toBe(direct ? 1 : 0);
    },
  );

  test("keeps a connection open for the next request", async () => {
    const kept = request(row, { headers: { connection: "keep-alive" } });
    const both = Buffer.concat([kept, request(row)]);
    const [fast, slow] = await Promise.all([exchange(servers.direct, both), exchange(servers.whole, both)]);
    expect(fast.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(fast).toBe(slow);
  });

  test("counts alike", async () => {
    const counts = await Promise.all(
      [servers.direct, servers.whole].map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
    );
    expect(counts[0]).toContain('sagewright_requests_total{route="POST /predict",status="422"}');
    expect(counts[0]).toBe(counts[1]);
  });
});
