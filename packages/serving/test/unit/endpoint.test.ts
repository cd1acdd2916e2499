import { exampleRow, parseRow } from "@sagewright/contract";
import { BackendUnavailableError, endpointBackend, serverlessBackend } from "@sagewright/serving";
import { answered, digest, parts, refused, runtime, type WireAnswer } from "./runtime";
import { model, post, startApi } from "./serving";

const good = { plan: "basic", international: true, tenure: 3, minutes: 120.5 };
const { contract, predictor, scored } = model("binary");
const canonical = scored.map(({ row }) => parseRow(contract, row));
const width = predictor.features.length;
const row = parseRow(contract, good);
const late = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Milliseconds that pass when there is nothing else left to do, however fast the machine. */
function ownTime() {
  let now = 0;
  const waiting: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => now,
    passes: (ms: number) => new Promise<void>((wake) => waiting.push({ at: now + ms, wake })),
    async until<T>(done: Promise<T>): Promise<T> {
      let over = false;
      void done.finally(() => {
        over = true;
      });
      while (!over) {
        for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        const next = waiting.sort((a, b) => a.at - b.at).shift();
        if (next === undefined) continue;
        now = next.at;
        next.wake();
      }
      return done;
    },
  };
}

/** What the forest answers, row by row: the test's endpoint knows a transformed row by its numbers. */
const byFeatures = new Map(canonical.map((each) => [predictor.transformRow(each).join(), predictor.predictRow(each)]));
for (const each of [row, parseRow(contract, exampleRow(contract))]) {
  byFeatures.set(predictor.transformRow(each).join(), predictor.predictRow(each));
}
const forest = ({ rows }: { rows: Float64Array }): WireAnswer =>
  answered(
    Array.from({ length: rows.length / width }, (_, index) => {
      const found = byFeatures.get(rows.slice(index * width, (index + 1) * width).join());
      if (found === undefined) throw new Error("a row that nobody transformed");
      return found;
    }),
  );
interface Answered {
  prediction: { churnProbability: number };
}
const failure = async (promise: Promise<unknown>): Promise<BackendUnavailableError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BackendUnavailableError);
  return error as BackendUnavailableError;
};

describe.each([
  ["endpoint", endpointBackend],
  ["serverless", serverlessBackend],
] as const)("the %s backend", (kind, open) => {
  test("sends transformed rows under the model's digest; drivers come from the predictor", async () => {
    const { client, invocations } = runtime(forest);
    const backend = open(parts(client).options);
    const api = await startApi("binary", { backend });
    const { body } = await api.send("/predict", post({ ...good, international: "yes", surname: "Hill" }));
    expect(invocations).toEqual([
      {
        path: "/endpoints/churn/invocations",
        contentType: `application/vnd.sagewright.features; model=${digest}`,
        rows: predictor.transformRow(row),
      },
    ]);
    const own = predictor.explainRow(row);
    expect(body.churnProbability).toBe(own.value);
    expect(body.drivers[0].feature).toBe(own.drivers[0]?.feature);
    expect((await api.send("/model")).body.backend).toBe(kind);
    await api.close();
  });

  test("answers a batch in a few calls, whichever way it comes, as the model itself answers it", async () => {
    const { client, invocations } = runtime(async (invocation) => {
      await late(100);
      return forest(invocation);
    });
    const api = await startApi("binary", { backend: open(parts(client).options) });
    const rows = Array.from({ length: 1500 }, (_, index) => scored[index % scored.length]?.row);
    const expected = rows.map((_, index) => scored[index % scored.length]?.score);
    const { body } = await api.send("/predict/batch", post(rows));
    const probability = ({ prediction }: Answered) => prediction.churnProbability;
    expect(body.results.map(probability)).toEqual(expected);
    const calls = invocations.length;
    expect(calls).toBeLessThanOrEqual(24);
    const headers = { "content-type": "application/x-ndjson" };
    const lines = rows.map((each) => JSON.stringify(each)).join("\n");
    const streamed: string = (await api.send("/predict/batch", { method: "POST", headers, body: lines })).body;
    const answers = streamed
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers.map(probability)).toEqual(expected);
    expect(invocations.length - calls).toBeLessThanOrEqual(60);
    await api.close();
  });

  test("asks again after failures that pass, with pauses that grow, and not after others", async () => {
    const passing: WireAnswer[] = [
      { status: 500, error: "InternalFailure" },
      { status: 503, error: "ServiceUnavailable" },
      { status: 429, error: "ModelNotReadyException" },
      { status: 400, error: "ThrottlingException" },
      { status: 530, error: "InternalDependencyException" },
      refused(503, "overloaded"),
    ];
    for (const answer of passing) {
      const { client, invocations } = runtime((invocation, number) => (number < 3 ? answer : forest(invocation)));
      const { options, pauses } = parts(client);
      expect(await open(options).predict(row)).toBe(predictor.predictRow(row));
      expect(invocations).toHaveLength(3);
      expect(pauses[1]).toBe((pauses[0] ?? 0) * 2);
    }
    const staying: [WireAnswer, string][] = [
      [{ status: 400, error: "ValidationError" }, "Endpoint churn cannot be asked: ValidationError."],
      [{ status: 403, error: "AccessDeniedException" }, "Endpoint churn cannot be asked: AccessDeniedException."],
      [refused(500, "<html>Hill</html>"), "The endpoint's container answered with status 500."],
      [
        refused(400, { code: "features_width", message: "Hill" }),
        "The endpoint's container answered with status 400 (features_width).",
      ],
      [
        refused(415, { code: "content_type_unsupported", message: "" }),
        "The endpoint's model does not take transformed rows: its archive holds the code of an older version. Train it again, or serve it with the embedded backend.",
      ],
      [answered([0.1, 0.2]), "The endpoint's answer is no list of 1 predictions."],
      [{ status: 200, body: { predictions: ["0.5"] } }, "The endpoint answered with something else than numbers."],
      [{ status: 200, body: [0.5] }, "The endpoint's answer is no list of 1 predictions."],
    ];
    for (const [answer, message] of staying) {
      const { client, invocations } = runtime(() => answer);
      const error = await failure(Promise.resolve(open(parts(client).options).predict(row)));
      expect([error.problem, error.message]).toEqual(["backend_failed", message]);
      expect(invocations).toHaveLength(1);
    }
  });

  test("a broken connection is asked again", async () => {
    const { client } = runtime((invocation, number) => {
      if (number === 1) throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      return forest(invocation);
    });
    expect(await open(parts(client).options).predict(row)).toBe(predictor.predictRow(row));
  });

  test("an answer that does not come is given up on and not asked for again", async () => {
    const { client, invocations } = runtime(() => new Promise(() => undefined));
    const error = await failure(
      Promise.resolve(open({ ...parts(client).options, calls: { callTimeoutMs: 30 } }).predict(row)),
    );
    expect([error.problem, error.retryAfterSeconds]).toEqual(["backend_timeout", 5]);
    expect(invocations).toHaveLength(1);
  });

  test("another model's answer is never taken: it is asked again, told, and then refused", async () => {
    const other = "cd".repeat(32);
    const differs = refused(409, { code: "model_differs", message: "Hill", model: other });
    const told: string[] = [];
    const onOtherModel = (found: string) => told.push(found);
    // A canary: every second request meets the new version.
    const shifting = runtime((invocation, number) => (number % 2 === 1 ? differs : forest(invocation)));
    const backend = open({ ...parts(shifting.client).options, onOtherModel });
    expect(await Promise.all([backend.predict(row), backend.predict(row)])).toEqual(
      Array(2).fill(predictor.predictRow(row)),
    );
    expect(told).toEqual([]);
    const shifted = runtime(() => differs);
    const error = await failure(Promise.resolve(open({ ...parts(shifted.client).options, onOtherModel }).predict(row)));
    expect(told).toEqual([other]);
    expect([error.problem, error.message]).toEqual([
      "model_differs",
      `Another model (${other.slice(0, 12)}) answers behind the endpoint. Serve that version, or deploy this one.`,
    ]);
  });

  test("tells the client what kind of failure it is, and nothing of a customer", async () => {
    const said: [WireAnswer, string][] = [
      [{ status: 400, error: "ThrottlingException", body: { message: "Hill" } }, "backend_busy"],
      [{ status: 503, error: "ServiceUnavailable", body: { message: "Hill" } }, "backend_unavailable"],
      [refused(500, "Hill"), "backend_failed"],
      [refused(409, { code: "model_differs", message: "Hill", model: "cd".repeat(32) }), "model_differs"],
    ];
    for (const [answer, code] of said) {
      const lines: string[] = [];
      const write = (fields: object, message: string) => lines.push(JSON.stringify({ ...fields, message }));
      const { client } = runtime(() => answer);
      const backend = open(parts(client).options);
      const api = await startApi("binary", { backend, logger: { info: write, error: write } });
      const single = await api.send("/predict", post(good));
      expect([single.status, single.body.code]).toEqual([503, code]);
      expect(Number(single.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await api.send("/predict/batch", post([good, good]))).body.code).toBe(code);
      expect((await api.send("/health")).status).toBe(503);
      expect(JSON.stringify([single.body, lines])).not.toContain("Hill");
      expect(lines.join("\n")).toContain("BackendUnavailableError");
      await api.close();
    }
  });

  test("a row that the estimator would refuse is the row's own problem", async () => {
    const { client, invocations } = runtime(forest);
    const backend = open(parts(client).options);
    await expect(Promise.resolve(backend.predict({ ...row, minutes: 1e300 }))).rejects.toThrow(
      "column minutes: is too large for the precision the model was trained in",
    );
    expect(invocations).toHaveLength(0);
  });

  test("repetitions have a budget, which answers refill", async () => {
    const down: WireAnswer = { status: 503, error: "ServiceUnavailable" };
    let up = false;
    const { client, invocations } = runtime((invocation) => (up ? forest(invocation) : down));
    const backend = open(parts(client).options);
    for (let index = 0; index < 20; index += 1) await failure(Promise.resolve(backend.predict(row)));
    // Ten repetitions among twenty requests, where three or more each would have been allowed.
    expect(invocations).toHaveLength(30);
    up = true;
    for (let index = 0; index < 10; index += 1) await backend.predict(row);
    up = false;
    await failure(Promise.resolve(backend.predict(row)));
    expect(invocations).toHaveLength(42);
  });
});

describe("what only a serverless endpoint needs", () => {
  test("a container that takes seconds to start is waited for, where a real-time endpoint is given up on", async () => {
    const starting: WireAnswer = { status: 429, error: "ModelNotReadyException" };
    const cold = () => runtime((invocation, number) => (number <= 4 ? starting : forest(invocation)));
    const waited = parts(cold().client);
    expect(await serverlessBackend(waited.options).predict(row)).toBe(predictor.predictRow(row));
    expect(waited.pauses).toEqual([200, 400, 800, 1600]);
    const error = await failure(Promise.resolve(endpointBackend(parts(cold().client).options).predict(row)));
    expect([error.problem, error.retryAfterSeconds]).toEqual(["backend_busy", 5]);
  });

  test("calls follow the concurrency that the endpoint grants", async () => {
    const granted = 2;
    let under = 0;
    let refusals = 0;
    const time = ownTime();
    const wire = async (invocation: { rows: Float64Array }): Promise<WireAnswer> => {
      if (under >= granted) {
        refusals += 1;
        return { status: 400, error: "ThrottlingException" };
      }
      under += 1;
      await time.passes(5);
      under -= 1;
      return forest(invocation);
    };
    const run = async (open: typeof serverlessBackend, calls: object) => {
      refusals = 0;
      const { client, invocations } = runtime(wire);
      const { options } = parts(client);
      const timing = { ...options.timing, sleep: time.passes, monotonicMs: time.now };
      const backend = open({ ...options, timing, calls });
      const values = await time.until(
        Promise.allSettled(
          Array.from({ length: 120 }, async (_, index) => {
            await time.passes(index % 40);
            return backend.predict(row);
          }),
        ),
      );
      const answeredRows = values.filter(({ status }) => status === "fulfilled").length;
      return { answeredRows, refusals, calls: invocations.length };
    };
    const serverless = await run(serverlessBackend, { concurrency: 20 });
    const realTime = await run(endpointBackend, { concurrency: 20 });
    expect(serverless.answeredRows).toBe(120);
    expect(serverless.refusals / serverless.calls).toBeLessThan(realTime.refusals / realTime.calls);
  });

  test("a check of health starts no container while the last answer is fresh", async () => {
    let now = 0;
    const timing = { monotonicMs: () => now };
    const asked = async (open: typeof serverlessBackend) => {
      const { client, invocations } = runtime(forest);
      const { options } = parts(client);
      const backend = open({ ...options, timing: { ...options.timing, ...timing } });
      for (now = 0; now <= 60_000; now += 10_000) await backend.ready();
      return invocations.length;
    };
    expect(await asked(serverlessBackend)).toBe(1);
    expect(await asked(endpointBackend)).toBe(7);
  });
});
