import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  bundleLambda,
  createApi,
  createKey,
  embeddedBackend,
  type LambdaFunction,
  type RunningServer,
  readKeys,
  readModelFolder,
  revokeKey,
  type StoredKey,
  serveNode,
} from "@sagewright/serving";
import { root, scratchFolders } from "../support/cli";
import { fixtures, writeFixtureModel } from "../support/fixture-model";
import { type GatewayAnswer, gatewayEvent, nodes, runLambda } from "../support/lambda-process";
import { type MotoServer, startMotoServer } from "../support/moto-server";

/**
 * The same thousand requests to the API on this machine and to the function behind API Gateway, each as the bundle that is
 * deployed in a process with nothing but its own variables; and the authorizer before it, with its secret in moto.
 */
jest.setTimeout(120_000);

const out = scratchFolders()();
const code = (name: LambdaFunction) => join(out, name, "index.js");
const models = join(out, "predict", "model");

let server: RunningServer;
let digest: string;

beforeAll(async () => {
  for (const name of ["predict", "preprocess", "authorize"] as const) {
    mkdirSync(join(out, name));
    await bundleLambda(name, join(out, name));
  }
  digest = writeFixtureModel(models);
  const { contract, predictor, model } = readModelFolder(models, {
    name: "churn",
    version: "7",
    manifestSha256: digest,
  });
  server = await serveNode(createApi({ backend: embeddedBackend(predictor, contract), contract, model }), { port: 0 });
});

afterAll(() => server.close());

test("each function is small: a cold start reads all of it", () => {
  const zipped = (name: LambdaFunction) => deflateRawSync(readFileSync(code(name))).length / 1024;
  expect(zipped("predict")).toBeLessThan(1_024);
  expect(zipped("preprocess")).toBeLessThan(1_024);
  expect(zipped("authorize")).toBeLessThan(512);
});

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly type?: string;
  readonly body?: string;
}

/** A thousand requests of every kind that reaches a function, the same in every run. */
function requests(): Sent[] {
  const scored = JSON.parse(readFileSync(join(fixtures, "binary.scored.json"), "utf8")) as {
    row: Record<string, unknown>;
  }[];
  const row = (at: number) => scored[at % scored.length]?.row ?? {};
  const predict = (body: unknown, more: Partial<Sent> = {}): Sent => ({
    method: "POST",
    path: "/predict",
    body: JSON.stringify(body),
    ...more,
  });
  const batch = (body: string, type: string): Sent => ({ method: "POST", path: "/predict/batch", body, type });
  const wrong: ((row: Record<string, unknown>) => unknown)[] = [
    (each) => ({ ...each, plan: "platinum" }),
    (each) => ({ ...each, tenure: -1 }),
    (each) => ({ ...each, tenure: "three" }),
    (each) => ({ ...each, tenure: 2.5 }),
    ({ tenure: _, ...each }) => each,
    (each) => ({ ...each, minutes: "1e400" }),
    (each) => ({ ...each, international: "Yes" }),
    (each) => ({ ...each, colour: "green" }),
    (each) => [each],
    () => null,
    () => "row",
    () => ({}),
  ];
  const broken = [
    "",
    "{",
    '{"plan":"basic","plan":"gold"}',
    "\ufeff{}",
    "[1,2",
    '{"tenure":01}',
    "nul",
    `{"a":${"[".repeat(200)}${"]".repeat(200)}}`,
    '{"plan":"b\\u0000"}',
    '{"plan":"\\ud800"}',
  ];
  const others: Sent[] = [
    { method: "GET", path: "/health" },
    { method: "GET", path: "/model" },
    { method: "GET", path: "/openapi.json" },
    ...["/docs", "/docs/docs.js", "/docs/docs.css"].map((path) => ({ method: "GET", path })),
    { method: "HEAD", path: "/health" },
    { method: "GET", path: "/predict" },
    { method: "DELETE", path: "/predict", body: "{}" },
    { method: "GET", path: "/nothing" },
    { method: "POST", path: "/predict/", body: "{}" },
    { method: "GET", path: "/%2e%2e/etc/passwd" },
    { method: "POST", path: "/retrain", body: "{}" },
  ];
  const some = (count: number, make: (at: number) => Sent) => Array.from({ length: count }, (_, at) => make(at));
  const csv = (rows: Record<string, unknown>[]) =>
    [
      "plan,international,tenure,minutes",
      ...rows.map(({ plan, international, tenure, minutes }) =>
        [plan, international === true ? "yes" : international === false ? "no" : international, tenure, minutes]
          .map((each) => each ?? "")
          .join(","),
      ),
    ].join("\n");
  return [
    ...some(450, (at) => predict(row(at))),
    ...some(60, (at) => predict(row(at), { query: `drivers=${at % 6}` })),
    ...some(10, (at) =>
      predict(row(at), {
        query: ["drivers=x", "drivers=-1", "drivers=1&drivers=2", "a=b", "drivers="][at % 5] as string,
      }),
    ),
    ...some(240, (at) => predict(wrong[at % wrong.length]?.(row(at)))),
    ...some(60, (at) => ({ ...predict(0), body: broken[at % broken.length] as string })),
    ...some(30, (at) =>
      predict(row(at), {
        type: ["text/plain", "application/xml", "application/json; charset=utf-16"][at % 3] as string,
      }),
    ),
    ...some(50, (at) => batch(JSON.stringify(some(at % 9, (each) => row(at + each) as never)), "application/json")),
    ...some(25, (at) => batch(csv([row(at), { ...row(at + 1), tenure: -1 }, row(at + 2)]), "text/csv")),
    ...some(25, (at) =>
      batch(`${JSON.stringify(row(at))}\n{}\n{"tenure":\n${JSON.stringify(row(at + 1))}\n`, "application/x-ndjson"),
    ),
    ...some(50, (at) => others[at % others.length] as Sent),
  ];
}

test("a thousand recorded requests have the same answer here and behind the gateway", async () => {
  const sent = requests();
  expect(sent).toHaveLength(1_000);
  const here: GatewayAnswer[] = [];
  for (const { method, path, query = "", type = "application/json", body } of sent) {
    const url = `${server.url}${path}${query === "" ? "" : `?${query}`}`;
    const response = await fetch(url, {
      method,
      headers: { "content-type": type },
      ...(body === undefined ? {} : { body }),
    });
    here.push({
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    });
  }
  const events = sent.map(({ method, path, query = "", type = "application/json", body }) => ({
    ...gatewayEvent("rest", {
      method,
      path: new URL(path, "http://a").pathname,
      query,
      type,
      ...(body === undefined ? {} : { body }),
    }),
    multiValueQueryStringParameters: valuesOf(query),
  }));
  const env = { MODEL_NAME: "churn", MODEL_VERSION: "7", MODEL_DIGEST: digest };
  const [, node] = nodes.at(-1) as (typeof nodes)[number];
  const { results } = await runLambda(node, { code: code("predict"), folder: out, events, env });
  const differing = results.flatMap((answer, at) =>
    comparable(answer) === comparable(here[at] as GatewayAnswer)
      ? []
      : [{ request: sent[at], here: comparable(here[at] as GatewayAnswer), gateway: comparable(answer) }],
  );
  expect(differing.slice(0, 3)).toEqual([]);
  const statuses = new Set(here.map(({ statusCode }) => statusCode));
  expect([...statuses].sort()).toEqual(expect.arrayContaining([200, 400, 404, 405, 415, 422]));
});

/** Every value of every name, as API Gateway hands them over. */
function valuesOf(query: string): Record<string, string[]> | null {
  const found = new URLSearchParams(query);
  return query === "" ? null : Object.fromEntries([...found.keys()].map((name) => [name, found.getAll(name)]));
}

/** Status, kind and text; ids, moments and durations are each answer's own. */
function comparable({ statusCode, headers, body }: GatewayAnswer): string {
  const text = body
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "ID")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "MOMENT")
    .replaceAll(/"(latencyMs|uptimeSeconds|responseTimeMs)":[\d.]+/g, '"$1":TIME');
  return `${statusCode} ${headers["content-type"] ?? ""} ${headers.allow ?? ""}\n${text}`;
}

describe("the authorizer", () => {
  const aws = { AWS_REGION: "eu-central-1", AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };
  let moto: MotoServer;
  let url: string;
  let secretArn: string;
  const texts: Record<string, string> = {};

  beforeAll(async () => {
    moto = await startMotoServer();
    url = moto.url;
    const secret = "5e".repeat(32);
    let kept: readonly StoredKey[] = [];
    const read = readKeys('{"format":1,"keys":[]}', Buffer.from(secret, "hex"));
    const store = {
      ...read,
      secret: read.secret,
      update: async (change: (keys: readonly StoredKey[]) => readonly StoredKey[]) => {
        kept = change(kept);
      },
    };
    for (const role of ["consumer", "operator"] as const)
      texts[role] = (await createKey(store, { name: role, role, now: new Date() })).text;
    const gone = await createKey(store, { name: "gone", role: "operator", now: new Date() });
    texts.revoked = gone.text;
    await revokeKey(store, gone.key.id, new Date());
    const client = new SecretsManagerClient({
      region: aws.AWS_REGION,
      endpoint: url,
      credentials: { accessKeyId: "key", secretAccessKey: "secret" },
    });
    const SecretString = JSON.stringify({ format: 1, keys: kept, secret });
    secretArn = (await client.send(new CreateSecretCommand({ Name: "sagewright/test/keys", SecretString }))).ARN ?? "";
    client.destroy();
  });

  afterAll(() => moto?.stop());

  /** What the bundle says to events, one after the other: the effect and context, or the error. */
  function asked(events: readonly object[]): unknown[] {
    const script = `const { handler } = require(${JSON.stringify(code("authorize"))});
      const events = ${JSON.stringify(events)};
      (async () => {
        const answers = [];
        for (const event of events) answers.push(await handler(event).then(({ policyDocument, context }) => [policyDocument.Statement[0].Effect, context], (error) => error.message));
        process.stdout.write(JSON.stringify(answers));
      })();`;
    const env = { ...aws, KEYS_SECRET: secretArn, AWS_ENDPOINT_URL: url };
    return JSON.parse(execFileSync(nodes.at(-1)?.[1] ?? process.execPath, ["-e", script], { env, encoding: "utf8" }));
  }

  const event = (path: string, headers: Record<string, string>): object => {
    const recorded = JSON.parse(readFileSync(join(root, "test/parity/fixtures/gateway/authorizer.json"), "utf8"));
    return { ...recorded, path, headers: { ...recorded.headers, ...headers } };
  };

  test("says whose key it is, in either header; nobody comes in with none, a wrong one or a revoked one", () => {
    const bearer = (text = "") => ({ Authorization: `Bearer ${text}` });
    const id = (text = "") => text.split("_").at(1) ?? text;
    const answers = asked([
      event("/predict", bearer(texts.consumer)),
      event("/predict", { "X-Api-Key": texts.consumer ?? "" }),
      event("/retrain", bearer(texts.operator)),
      event("/retrain", bearer(texts.consumer)),
      event("/predict", {}),
      event("/predict", bearer(texts.revoked)),
      event("/predict", bearer(`${texts.consumer?.slice(0, -1)}x`)),
      event("/predict", bearer("nonsense")),
      event("/health", {}),
    ]);
    expect(id(texts.consumer)).not.toBe("");
    const consumer = ["Allow", { keyId: expect.stringMatching(/^[0-9a-f]{12}$/), role: "consumer" }];
    expect(answers).toEqual([
      consumer,
      consumer,
      ["Allow", { keyId: expect.any(String), role: "operator" }],
      ["Deny", {}],
      "Unauthorized",
      "Unauthorized",
      "Unauthorized",
      "Unauthorized",
      ["Allow", {}],
    ]);
  });
});
