import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import {
  bundleLambda,
  Capture,
  createApi,
  createKey,
  embeddedBackend,
  keyAuthorizer,
  lambdaHandler,
  lineAuditLog,
  openKeys,
  readKeys,
  readModelFolder,
} from "@sagewright/serving";
import { model, post, startApi } from "./serving";

const row = { plan: "basic", international: true, tenure: 3, minutes: 120.5 };
const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

const http = (body: unknown, extra: object = {}) => ({
  version: "2.0" as const,
  routeKey: "$default",
  rawPath: "/predict",
  rawQueryString: "",
  headers: { "content-type": "application/json", host: "abc.execute-api.us-east-1.amazonaws.com" },
  requestContext: { stage: "$default", http: { method: "POST", path: "/predict" } },
  body: JSON.stringify(body),
  isBase64Encoded: false,
  ...extra,
});
const rest = (body: unknown, extra: object = {}) => ({
  resource: "/{proxy+}",
  httpMethod: "POST",
  path: "/predict",
  headers: { "Content-Type": "application/json" },
  multiValueHeaders: { "Content-Type": ["application/json"] },
  queryStringParameters: null,
  multiValueQueryStringParameters: null,
  requestContext: { stage: "prod" },
  body: JSON.stringify(body),
  isBase64Encoded: false,
  ...extra,
});

describe("the API in a Lambda function", () => {
  const { contract, predictor } = model("binary");
  let count = 0;
  const handler = lambdaHandler(
    createApi({
      backend: embeddedBackend(predictor, contract),
      contract,
      model: { name: "churn", version: "7", threshold: predictor.threshold ?? 0.5 },
      clock: { now: () => new Date("2026-01-02T03:04:05Z"), monotonicMs: () => 1000 },
      ids: () => {
        count += 1;
        return `id-${count}`;
      },
    }),
  );

  test("answers events of REST and of HTTP APIs as the Node host answers requests", async () => {
    for (const body of [row, { ...row, tenure: -1 }, []]) {
      count = 0;
      const answers = [await handler(http(body))];
      count = 0;
      answers.push(await handler(rest(body)));
      const node = await startApi();
      const { status, body: expected } = await node.send("/predict", post(body));
      await node.close();
      for (const { statusCode, body: text } of answers)
        expect([statusCode, JSON.parse(text)]).toEqual([status, expected]);
    }
  });

  test("gives scikit-learn's numbers", async () => {
    for (const { row: each, score } of model("binary").scored.slice(0, 50)) {
      expect(JSON.parse((await handler(http(each))).body).churnProbability).toBe(score);
    }
  });

  test("reads queries, stages, base64 bodies and missing bodies", async () => {
    const drivers = async (event: Parameters<typeof handler>[0]) =>
      JSON.parse((await handler(event)).body).drivers.length;
    expect(await drivers(http(row, { rawQueryString: "drivers=2" }))).toBe(2);
    expect(await drivers(rest(row, { queryStringParameters: { drivers: "1" } }))).toBe(1);
    expect(await drivers(rest(row, { multiValueQueryStringParameters: { drivers: ["3"] } }))).toBe(3);
    const staged = { rawPath: "/prod/predict", requestContext: { stage: "prod", http: { method: "POST" } } };
    expect((await handler(http(row, staged))).statusCode).toBe(200);
    const encoded = { body: Buffer.from(JSON.stringify(row)).toString("base64"), isBase64Encoded: true };
    expect((await handler(http(row, encoded))).statusCode).toBe(200);
    expect(JSON.parse((await handler(rest(row, { body: null }))).body).code).toBe("body_empty");
    expect(
      (await handler(http({}, { rawPath: "/health", requestContext: { http: { method: "GET" } } }))).statusCode,
    ).toBe(200);
    expect((await handler(http({}, { rawPath: "//etc/../passwd" }))).statusCode).toBe(404);
  });

  test("answers a streamed batch as a whole", async () => {
    const headers = { "content-type": "application/x-ndjson" };
    const answer = await handler(http(0, { rawPath: "/predict/batch", headers, body: `${JSON.stringify(row)}\n{}\n` }));
    expect(answer.body.trimEnd().split("\n")).toHaveLength(2);
  });
});

describe("a function behind an authorizer", () => {
  const { contract, predictor } = model("binary");
  const facts: object[] = [];
  const lines: string[] = [];
  const audit = lineAuditLog(
    (line) => lines.push(line),
    () => new Date("2026-01-02T03:04:05Z"),
  );
  const store = readKeys('{"format":1,"keys":[]}', Buffer.alloc(32));
  const options = {
    backend: embeddedBackend(predictor, contract),
    contract,
    model: { name: "churn", version: "7" },
    retrain: async (asked: object) => {
      facts.push(asked);
      return { runId: "run-1" };
    },
    keys: store,
    audit,
  };
  const handler = lambdaHandler(createApi(options));
  const ask = async (path: string, role?: string) => {
    const authorizer = role === undefined ? {} : { authorizer: { lambda: { keyId: "0123456789ab", role } } };
    const requestContext = { stage: "$default", http: { method: "POST", path }, ...authorizer };
    const headers = { "content-type": "application/json", "idempotency-key": "monthly-1" };
    const body = JSON.stringify(path === "/retrain" ? { reason: "monthly" } : row);
    const { statusCode, body: text } = await handler(http(0, { rawPath: path, requestContext, headers, body }));
    return [statusCode, JSON.parse(text).code];
  };

  test("takes the caller that the authorizer names, with the role it has, and records it", async () => {
    expect(await ask("/predict", "consumer")).toEqual([200, undefined]);
    expect(await ask("/retrain", "consumer")).toEqual([403, "role_insufficient"]);
    expect(await ask("/retrain", "operator")).toEqual([202, undefined]);
    expect(await ask("/predict", "king")).toEqual([401, "key_missing"]);
    expect(await ask("/retrain")).toEqual([401, "key_missing"]);
    const forged = rest(row, { headers: { "Content-Type": "application/json", keyId: "x", role: "operator" } });
    expect((await handler(forged)).statusCode).toBe(401);
    const named = rest(row, {
      requestContext: { stage: "prod", authorizer: { keyId: "0123456789ab", role: "analyst" } },
    });
    expect((await handler(named)).statusCode).toBe(200);
    expect(facts).toHaveLength(1);
    const recorded = lines.map((line) => JSON.parse(line));
    expect(recorded.map(({ audit: format, who, what }) => [format, who, what])).toEqual([
      [1, "0123456789ab", "predict"],
      [1, "0123456789ab", "retrain"],
      [1, "0123456789ab", "predict"],
    ]);
    expect(lines.join("")).not.toContain("basic");
  });

  test("an authorizer decides by the file of keys and the route", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sagewright-authorizer-"));
    const { keys, secret } = await openKeys(folder);
    const { text, key } = await createKey(keys, { name: "one", role: "analyst", now: new Date() });
    const file = readFileSync(join(folder, "keys.json"), "utf8");
    const authorize = keyAuthorizer(readKeys(file, secret));
    const decide = (path: string, headers: Record<string, string>) =>
      authorize({ path, header: (name) => headers[name] });
    const authorization = `Bearer ${text}`;
    expect(decide("/stats", { authorization })).toEqual({ allowed: true, caller: { id: key.id, role: "analyst" } });
    expect(decide("/predict", { "x-api-key": text })).toMatchObject({ allowed: true });
    expect(decide("/retrain", { authorization })).toEqual({ allowed: false, code: "role_insufficient" });
    expect(decide("/predict", { authorization: `${authorization}x` })).toEqual({ allowed: false, code: "key_invalid" });
    expect(decide("/predict", {})).toEqual({ allowed: false, code: "key_missing" });
    expect(decide("/health", {})).toEqual({ allowed: true, caller: undefined });
    expect(keyAuthorizer(readKeys(file, Buffer.alloc(32)))({ path: "/predict", header: () => text })).toMatchObject({
      code: "key_invalid",
    });
    await expect(readKeys(file, secret).update((all) => all)).rejects.toThrow("Change the keys where they are made.");
    expect(() => readKeys("{}", secret, "s3://keys/keys.json")).toThrow("s3://keys/keys.json is not a file of keys.");
    rmSync(folder, { recursive: true });
  });

  test("has its captures on their way before it answers, and answers when they are stuck", async () => {
    const kept: string[] = [];
    const capture = new Capture({ sink: { append: async (_at, text) => void kept.push(text) } });
    const { keys: _, ...open } = options;
    const quick = lambdaHandler(createApi({ ...open, capture }), { settle: () => capture.flush() });
    expect((await quick(http(row))).statusCode).toBe(200);
    expect(kept).toHaveLength(1);
    const stuck = new Capture({ sink: { append: () => new Promise(() => undefined) } });
    const bounded = { settle: () => stuck.flush(), settleMs: 30 };
    expect((await lambdaHandler(createApi({ ...open, capture: stuck }), bounded)(http(row))).statusCode).toBe(200);
    const failing = { settle: () => Promise.reject(new Error("gone")) };
    expect((await lambdaHandler(createApi(open), failing)(http(row))).statusCode).toBe(200);
  });
});

describe("the Lambda bundle", () => {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-lambda-"));
  const models = join(folder, "model");
  const manifest = () => readFileSync(join(models, "manifest.json"));
  beforeAll(async () => {
    mkdirSync(models);
    const files = { "contract.json": "binary.contract.json", "predictor.safetensors": "binary.safetensors" };
    const entries = Object.entries(files).map(([name, fixture]) => {
      const from = join(__dirname, "fixtures", fixture);
      copyFileSync(from, join(models, name));
      const bytes = readFileSync(from);
      return [name, { sha256: sha256(bytes), bytes: bytes.length }];
    });
    writeFileSync(join(models, "manifest.json"), JSON.stringify({ format: 1, files: Object.fromEntries(entries) }));
    await bundleLambda("predict", folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is at most 2 MB when zipped", () => {
    expect(deflateRawSync(readFileSync(join(folder, "index.js"))).length).toBeLessThan(2 * 1024 * 1024);
  });

  test("answers from a cold start in a process of its own", async () => {
    const { execFileSync } = await import("node:child_process");
    const script = `const { handler } = require(${JSON.stringify(join(folder, "index.js"))});
      handler(${JSON.stringify(http(row))}).then((answer) => process.stdout.write(JSON.stringify(answer)));`;
    const env = { MODEL_NAME: "churn", MODEL_VERSION: "7", MODEL_DIGEST: sha256(manifest()) };
    const said = execFileSync(process.execPath, ["-e", script], { env, stdio: ["ignore", "pipe", "ignore"] });
    const [audit, answer] = said
      .toString()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(audit).toMatchObject({ audit: 1, who: "open", what: "predict", model: "7" });
    const { predictor } = model("binary");
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      churnProbability: predictor.predictRow({ ...row, international: 1 }),
      modelVersion: "7",
    });
  });

  test.each(["manifest.json", "contract.json", "predictor.safetensors"])(
    "refuses a model whose %s was changed",
    (name) => {
      const path = join(models, name);
      const original = readFileSync(path);
      const manifestSha256 = sha256(manifest());
      const changed = Buffer.from(original);
      changed[changed.length - 2] = (changed[changed.length - 2] ?? 0) ^ 1;
      writeFileSync(path, changed);
      const read = () => readModelFolder(models, { name: "churn", version: "7", manifestSha256 });
      expect(read).toThrow(
        new RegExp(`^${name.replace(".", "\\.")} has the SHA-256 [0-9a-f]{64}, and [0-9a-f]{64} was registered\\.`),
      );
      writeFileSync(path, original);
      expect(read().model.digest).toBe(manifestSha256);
    },
  );
});
