import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MlflowClient, mlflowAccess } from "../../src/mlflow/mlflow-client";

/** What the server was asked, and what it answers next. */
let asked: { method: string; url: string; authorization: string | undefined; body: string }[] = [];
let answers: { status: number; body: string; headers?: Record<string, string> }[] = [];
let server: Server;
let uri: string;
const slept: number[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method = "", url = "", headers } = request;
      asked.push({ method, url, authorization: headers.authorization, body });
      const answer = answers.shift() ?? { status: 200, body: "{}" };
      response.writeHead(answer.status, answer.headers ?? {});
      response.end(answer.body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = [];
  answers = [];
  slept.length = 0;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function client(env: NodeJS.ProcessEnv = {}, to = uri): MlflowClient {
  const sleep = async (milliseconds: number) => void slept.push(milliseconds);
  return new MlflowClient(mlflowAccess(to, env), { fetch, sleep });
}

it("signs in as MLflow's own client does: user and password, then a token; those in the address count too", async () => {
  const both = { MLFLOW_TRACKING_USERNAME: "ann", MLFLOW_TRACKING_PASSWORD: "pw", MLFLOW_TRACKING_TOKEN: "tok" };
  await client().get("a", {});
  await client({ MLFLOW_TRACKING_TOKEN: "tok" }).get("a", {});
  await client(both).get("a", {});
  await client({ MLFLOW_TRACKING_TOKEN: "tok" }, uri.replace("//", "//bob:p%40ss@")).get("a", {});
  expect(asked.map(({ authorization }) => authorization)).toEqual([
    undefined,
    "Bearer tok",
    `Basic ${Buffer.from("ann:pw").toString("base64")}`,
    `Basic ${Buffer.from("bob:p@ss").toString("base64")}`,
  ]);
});

it("keeps the credentials out of what it says, even when the server repeats them", async () => {
  answers = [{ status: 401, body: '{"error_code":"UNAUTHENTICATED","message":"bad token tok-123"}' }];
  const asking = client({ MLFLOW_TRACKING_TOKEN: "tok-123" }).post("runs/create", {});
  await expect(asking).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
    message: `${uri} refused POST mlflow/runs/create: 401 UNAUTHENTICATED bad token ***`,
  });
});

it("waits out a server that is busy, but sends nothing twice that would be made twice", async () => {
  answers = [
    { status: 503, body: "busy" },
    { status: 429, body: "slow down" },
  ];
  await client().post("runs/log-batch", {});
  expect({ asked: asked.length, slept }).toEqual({ asked: 3, slept: [250, 1_000] });
  answers = [{ status: 503, body: "busy" }];
  await expect(client().post("runs/create", {}, { again: false })).rejects.toMatchObject({ code: "HTTP_503" });
  expect(asked).toHaveLength(4);
});

it("follows no redirect and takes no page for an answer", async () => {
  answers = [
    { status: 302, body: "", headers: { location: `${uri}/elsewhere` } },
    { status: 302, body: "", headers: { location: `${uri}/elsewhere` } },
    { status: 302, body: "", headers: { location: `${uri}/elsewhere` } },
  ];
  await expect(client().get("a", {})).rejects.toMatchObject({ code: "UNREACHABLE" });
  expect(asked.every(({ url }) => url.startsWith("/api/2.0/"))).toBe(true);
  answers = [{ status: 200, body: "<html>sign in</html>" }];
  await expect(client().get("a", {})).rejects.toMatchObject({ code: "NOT_MLFLOW" });
});

it("refuses what is no server's address", () => {
  for (const wrong of ["sqlite:///mlflow.db", "./mlruns", "databricks"])
    expect(() => mlflowAccess(wrong, {})).toThrow("no http or https address");
});
