import { connect } from "node:net";
import { post, startApi } from "./serving";

const good = { plan: "basic", international: true, tenure: 3, minutes: 120.5 };
const json = { "content-type": "application/json" };
const text = JSON.stringify(good);

describe("bad requests", () => {
  const lines: string[] = [];
  const write = (fields: object, message: string) => lines.push(JSON.stringify({ ...fields, message }));
  let api: Awaited<ReturnType<typeof startApi>>;
  beforeAll(async () => {
    api = await startApi("binary", { logger: { info: write, error: write } });
  });
  afterAll(() => api.close());

  const cases: [what: string, path: string, init: RequestInit, status: number, code: string, paths?: string[]][] = [
    ["an empty body", "/predict", { method: "POST", headers: json }, 400, "body_empty"],
    ["blanks", "/predict", { method: "POST", headers: json, body: "  \n" }, 400, "body_empty"],
    ["no JSON", "/predict", { method: "POST", headers: json, body: "plan=basic" }, 400, "body_not_json"],
    ["NaN", "/predict", { method: "POST", headers: json, body: text.replace("3", "NaN") }, 400, "body_not_json"],
    ["half a document", "/predict", { method: "POST", headers: json, body: text.slice(0, -1) }, 400, "body_not_json"],
    ["an open string", "/predict", { method: "POST", headers: json, body: '{"a":"\\"' }, 400, "body_not_json"],
    [
      "bytes that are not UTF-8",
      "/predict",
      { method: "POST", headers: json, body: Buffer.from([0x7b, 0xff, 0x7d]) },
      400,
      "body_not_utf8",
    ],
    [
      "a repeated member",
      "/predict",
      { method: "POST", headers: json, body: `{"plan":"gold",${text.slice(1)}` },
      400,
      "body_duplicate_key",
      ["/plan"],
    ],
    [
      "a repeated member in disguise",
      "/predict",
      { method: "POST", headers: json, body: `{"pl\\u0061n":"gold",${text.slice(1)}` },
      400,
      "body_duplicate_key",
      ["/plan"],
    ],
    ["deep nesting", "/predict", { method: "POST", headers: json, body: "[".repeat(60_000) }, 400, "body_too_deep"],
    [
      "10 MB",
      "/predict",
      { method: "POST", headers: json, body: `"${"x".repeat(10_000_000)}"` },
      413,
      "body_too_large",
    ],
    [
      "10 MB in a batch",
      "/predict/batch",
      { method: "POST", headers: json, body: `["${"x".repeat(10_000_000)}"]` },
      413,
      "body_too_large",
    ],
    ["no content type", "/predict", { method: "POST", body: Buffer.from(text) }, 415, "content_type_unsupported"],
    [
      "a form",
      "/predict",
      { method: "POST", body: new URLSearchParams({ plan: "basic" }) },
      415,
      "content_type_unsupported",
    ],
    [
      "another charset",
      "/predict",
      { method: "POST", headers: { "content-type": "application/json; charset=utf-16" }, body: text },
      415,
      "content_type_unsupported",
    ],
    [
      "a compressed body",
      "/predict",
      { method: "POST", headers: { ...json, "content-encoding": "gzip" }, body: text },
      415,
      "content_type_unsupported",
    ],
    ["a list where a row is due", "/predict", post([good]), 422, "row_invalid", [""]],
    ["null", "/predict", post(null), 422, "row_invalid", [""]],
    ["no fields", "/predict", post({}), 422, "row_invalid", ["/plan", "/international", "/tenure", "/minutes"]],
    [
      "wrong types",
      "/predict",
      post({ plan: 1, international: "maybe", tenure: "3", minutes: [1] }),
      422,
      "row_invalid",
      ["/plan", "/international", "/tenure", "/minutes"],
    ],
    ["an extra field", "/predict", post({ ...good, "a/b~c": 1 }), 422, "row_invalid", ["/a~1b~0c"]],
    ["the target", "/predict", post({ ...good, churn: "yes" }), 422, "row_invalid", ["/churn"]],
    ["a negative tenure", "/predict", post({ ...good, tenure: -1 }), 422, "row_invalid", ["/tenure"]],
    ["an unknown category", "/predict", post({ ...good, plan: "Basic" }), 422, "row_invalid", ["/plan"]],
    [
      "1e400",
      "/predict",
      { method: "POST", headers: json, body: text.replace("120.5", "1e400") },
      422,
      "row_invalid",
      ["/minutes"],
    ],
    [
      "1e300, which float32 cannot hold",
      "/predict",
      post({ ...good, minutes: 1e300 }),
      422,
      "row_invalid",
      ["/minutes"],
    ],
    [
      "__proto__",
      "/predict",
      { method: "POST", headers: json, body: `{"__proto__":{"tenure":3},${text.slice(1)}` },
      422,
      "row_invalid",
      ["/__proto__"],
    ],
    ["an empty batch", "/predict/batch", post([]), 422, "batch_invalid", [""]],
    ["a row where a batch is due", "/predict/batch", post(good), 422, "batch_invalid", [""]],
    ["too many rows", "/predict/batch", post(Array(10_001).fill(0)), 422, "batch_invalid", [""]],
    ["a query parameter of words", "/predict?drivers=all", post(good), 400, "query_invalid", ["drivers"]],
    ["a query parameter out of range", "/predict?drivers=101", post(good), 400, "query_invalid", ["drivers"]],
    ["an unknown path", "/../../etc/passwd", {}, 404, "not_found"],
    ["a path that only looks known", "/predict/", post(good), 404, "not_found"],
    ["the wrong method", "/predict", {}, 405, "method_not_allowed"],
    ["the wrong method on a page", "/health", { method: "DELETE" }, 405, "method_not_allowed"],
  ];

  test.each(cases.map(([what, ...rest]) => ({ what, rest })))("$what", async ({ rest }) => {
    const [path, init, status, code, paths] = rest;
    const answer = await api.send(path, init);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body).toMatchObject({
      type: `urn:sagewright:problem:${code}`,
      status,
      detail: expect.any(String),
      title: expect.any(String),
    });
    expect(answer.body.instance).toBe(`urn:sagewright:request:${answer.headers.get("x-request-id")}`);
    expect(answer.body.errors?.map((error: { path: string }) => error.path)).toEqual(paths);
    expect((await api.send("/predict", post(good))).status).toBe(200);
  });

  test("name the allowed methods", async () => {
    expect((await api.send("/predict")).headers.get("allow")).toBe("POST");
  });

  test("say field, value received and what is allowed", async () => {
    const { body } = await api.send("/predict", post({ ...good, tenure: 121, plan: "x".repeat(300) }));
    expect(body.detail).toBe('2 fields are not valid. Every one is listed in "errors".');
    expect(body.errors).toEqual([
      {
        code: "unknown_category",
        path: "/plan",
        message: expect.stringMatching(
          /^plan: "x{59}… is not a known category\. Give one of "basic", "gold" and "silver"\.$/,
        ),
        received: "x".repeat(200),
        allowed: 'one of "basic", "gold" and "silver"',
      },
      {
        code: "above_maximum",
        path: "/tenure",
        message: "tenure: 121 is above the maximum. Give a whole number from 0 to 120 (months).",
        received: 121,
        allowed: "a whole number from 0 to 120 (months)",
      },
    ]);
  });

  test("of a body without a length are cut off at the limit", async () => {
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const init = { method: "POST", headers: json, body: endless, duplex: "half" } as RequestInit;
    const outcome = await api.send("/predict", init).then(
      (answer) => answer.status,
      () => "cut off",
    );
    expect([413, "cut off"]).toContain(outcome);
    expect((await api.send("/predict", post(good))).status).toBe(200);
  });

  test("that break off in the middle do not end the server", async () => {
    lines.length = 0;
    const { hostname, port } = new URL(api.url);
    const head = `POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"plan":`;
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () =>
        socket.write(head, () => setTimeout(() => socket.destroy(), 50)),
      );
      socket.on("close", () => resolve());
    });
    expect((await api.send("/predict", post(good))).status).toBe(200);
    expect(lines.some((line) => line.includes("request failed"))).toBe(false);
  });

  test("that are no HTTP do not end the server", async () => {
    const { hostname, port } = new URL(api.url);
    const reply = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.end("\u0016\u0003\u0001 nonsense\r\n\r\n"));
      let received = "";
      socket.on("data", (chunk) => (received += chunk));
      socket.on("close", () => resolve(received));
    });
    expect(reply).toMatch(/^HTTP\/1\.1 400 /);
    expect((await api.send("/predict", post(good))).status).toBe(200);
  });

  test("leave nothing of a customer in the log", async () => {
    lines.length = 0;
    const secret = "Hargrave-4711";
    await api.send(`/predict?name=${secret}`, post({ ...good, surname: secret, plan: secret }));
    await api.send(`/${secret}`, {
      method: "POST",
      headers: { ...json, "user-agent": secret, referer: secret },
      body: `{"${secret}`,
    });
    await api.send("/predict", { method: "POST", headers: json, body: `{"plan":"${secret}` });
    await api.send("/predict", post({ ...good, minutes: 1e300 }));
    expect(lines).toHaveLength(4);
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [422, 404, 400, 422].map((status, index) => ({
        requestId: expect.any(String),
        method: "POST",
        route: index === 1 ? "unknown" : "/predict",
        status,
        ms: 0,
        message: "request",
      })),
    );
  });
});
