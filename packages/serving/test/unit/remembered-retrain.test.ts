import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  IdempotencyConflictError,
  type RememberedRetrainOptions,
  RetrainRefusedError,
  rememberedRetrain,
} from "@sagewright/serving";
import { startApi } from "./serving";

const folder = mkdtempSync(join(tmpdir(), "retrains-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

/** A service that starts one run per token, as a client request token makes it, and counts what was asked of it. */
function service() {
  files += 1;
  const path = join(folder, `${files}.json`);
  const runs = new Map<string, string>();
  const asked: string[] = [];
  let data = "s3://bucket/january.csv";
  const parts: RememberedRetrainOptions = {
    path,
    plan: async () => ({ pipeline: "training", parameters: { Input: data } }),
    start: async ({ token, plan }) => {
      asked.push(plan.parameters.Input ?? "");
      const runId = runs.get(token) ?? `run-${runs.size + 1}`;
      runs.set(token, runId);
      return { runId, executionArn: `arn:${runId}` };
    },
  };
  const newData = (uri: string) => {
    data = uri;
  };
  return {
    path,
    asked,
    parts,
    newData,
    server: (more: Partial<RememberedRetrainOptions> = {}) => rememberedRetrain({ ...parts, ...more }),
  };
}

const request = { token: "monthly-2026-11", reason: "monthly" };

describe("a remembered retraining", () => {
  test("is started once, also by a server that began after the first", async () => {
    const { server, asked } = service();
    expect(await server()(request)).toEqual({ runId: "run-1", executionArn: "arn:run-1", started: true });
    expect(await server()(request)).toEqual({ runId: "run-1", executionArn: "arn:run-1", started: false });
    await expect(server()({ ...request, reason: "drift" })).rejects.toThrow(IdempotencyConflictError);
    expect(await server()({ ...request, token: "monthly-2026-12" })).toMatchObject({ runId: "run-2", started: true });
    expect(asked).toHaveLength(2);
  });

  test("that broke off is started with the plan it had, whatever has changed since", async () => {
    const { server, asked, newData } = service();
    const broken = server({ start: () => Promise.reject(new Error("the process ends here")) });
    await expect(broken(request)).rejects.toThrow("ends here");
    newData("s3://bucket/february.csv");
    expect(await server()(request)).toMatchObject({ runId: "run-1", started: true });
    expect(asked).toEqual(["s3://bucket/january.csv"]);
  });

  test("that was refused is planned anew", async () => {
    const { server, asked, newData } = service();
    const refuse = () => Promise.reject(new RetrainRefusedError("Nothing has run."));
    await expect(server({ plan: refuse })(request)).rejects.toThrow("Nothing has run.");
    await expect(server({ start: refuse })(request)).rejects.toThrow("Nothing has run.");
    newData("s3://bucket/february.csv");
    await server()(request);
    expect(asked).toEqual(["s3://bucket/february.csv"]);
  });

  test("is one run when servers of the same folder are asked at once", async () => {
    const { server, path } = service();
    const answers = await Promise.all(Array.from({ length: 8 }, () => server()(request)));
    expect(new Set(answers.map(({ runId }) => runId))).toEqual(new Set(["run-1"]));
    expect(JSON.parse(readFileSync(path, "utf8")).requests).toHaveLength(1);
  });

  test("is not started where its record cannot be read", async () => {
    const { server, path, asked } = service();
    writeFileSync(path, "{");
    await expect(server()(request)).rejects.toThrow(`${path} is not a record of retrainings.`);
    expect(asked).toEqual([]);
  });
});

describe("POST /retrain over it", () => {
  const post = (api: Awaited<ReturnType<typeof startApi>>, reason = "monthly") =>
    api.send("/retrain", {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": "monthly-2026-11" },
      body: JSON.stringify({ reason }),
    });

  test("gives the same run after a restart, and records one start", async () => {
    const { server, asked } = service();
    const facts: { what: string; about: object }[] = [];
    const audit = { record: (fact: never) => void facts.push(fact), flush: async () => undefined } as never;
    const bodies: object[] = [];
    for (const reason of ["monthly", "monthly", "drift"]) {
      const api = await startApi("binary", { retrain: server(), audit });
      const { status, body } = await post(api, reason);
      bodies.push(status === 202 ? body : { status, code: body.code });
      await api.close();
    }
    expect(bodies).toEqual([
      { runId: "run-1", executionArn: "arn:run-1", started: true },
      { runId: "run-1", executionArn: "arn:run-1", started: false },
      { status: 409, code: "idempotency_conflict" },
    ]);
    expect(asked).toHaveLength(1);
    expect(facts).toEqual([{ who: "open", what: "retrain", about: { run: "run-1" } }]);
  });

  test("says why there is nothing to train again, as a conflict and not as a fault", async () => {
    const retrain = () => Promise.reject(new RetrainRefusedError("Nothing can be trained again: it has not run yet."));
    const api = await startApi("binary", { retrain });
    const { status, body } = await post(api);
    expect([status, body.code, body.detail]).toEqual([
      409,
      "retrain_refused",
      "Nothing can be trained again: it has not run yet.",
    ]);
    await api.close();
  });

  test("that could not be recorded is a 503, and recorded when it is asked for again", async () => {
    const { server, asked } = service();
    const facts: object[] = [];
    let full = true;
    const record = (fact: object): void => {
      if (full) throw Object.assign(new Error("disk full"), { code: "ENOSPC" });
      facts.push(fact);
    };
    const api = await startApi("binary", {
      retrain: server(),
      audit: { record, flush: async () => undefined } as never,
    });
    expect((await post(api)).status).toBeGreaterThanOrEqual(500);
    full = false;
    expect((await post(api)).body).toMatchObject({ runId: "run-1", started: false });
    expect([asked.length, facts.length]).toEqual([1, 1]);
    await api.close();
  });
});
