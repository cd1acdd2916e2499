import { post, startApi } from "./serving";

const headers = (key: string) => ({ "content-type": "application/json", "idempotency-key": key });

describe("POST /feedback", () => {
  const lines: string[] = [];
  let api: Awaited<ReturnType<typeof startApi>>;
  beforeAll(async () => {
    api = await startApi("binary", { feedback: { append: async (_at, text) => void lines.push(text) } });
  });
  afterAll(() => api.close());

  test("records the outcome in the shape of SageMaker's ground truth", async () => {
    const answer = await api.send("/feedback", post({ predictionId: "p-1", outcome: true }));
    expect([answer.status, answer.body]).toEqual([202, { predictionId: "p-1", recorded: true }]);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      groundTruthData: { data: "1", encoding: "CSV" },
      eventMetadata: { eventId: "p-1" },
      eventVersion: "0",
    });
  });

  test.each([
    { what: "nothing", body: {}, paths: ["/predictionId", "/outcome"] },
    { what: "a list", body: [], paths: [""] },
    { what: "an outcome in words", body: { predictionId: "p", outcome: "yes" }, paths: ["/outcome"] },
    { what: "an id with a line end", body: { predictionId: "p\n", outcome: true }, paths: ["/predictionId"] },
    { what: "a name", body: { predictionId: "p", outcome: true, surname: "x" }, paths: ["/surname"] },
  ])("refuses $what and names every bad field", async ({ body, paths }) => {
    const answer = await api.send("/feedback", post(body));
    expect([answer.status, answer.body.code]).toEqual([422, "body_invalid"]);
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
    for (const error of answer.body.errors) expect(error.message).toContain(`Give ${error.allowed}.`);
  });

  test("takes a number where the model predicts one", async () => {
    const values = await startApi("regression", { feedback: { append: async () => undefined } });
    expect((await values.send("/feedback", post({ predictionId: "p", outcome: 12.5 }))).status).toBe(202);
    expect((await values.send("/feedback", post({ predictionId: "p", outcome: true }))).status).toBe(422);
    await values.close();
  });

  test("answers 503 while an outcome cannot be kept, and keeps it when it is sent again", async () => {
    const kept: string[] = [];
    const facts: object[] = [];
    let full = true;
    const append = async (_at: Date, text: string): Promise<void> => {
      if (full) throw Object.assign(new Error("no space left, customer p-1"), { code: "ENOSPC" });
      kept.push(text);
    };
    const audit = { record: (fact: object) => void facts.push(fact), flush: async () => undefined } as never;
    const failing = await startApi("binary", { feedback: { append }, audit });
    const outcome = post({ predictionId: "p-1", outcome: false });
    const refused = await failing.send("/feedback", outcome);
    expect([refused.status, refused.body.code, refused.headers.get("retry-after")]).toEqual([
      503,
      "feedback_unavailable",
      "5",
    ]);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect([kept, facts, JSON.stringify(refused.body).includes("no space")]).toEqual([[], [], false]);
    full = false;
    const twice = [await failing.send("/feedback", outcome), await failing.send("/feedback", outcome)];
    expect(twice.map(({ status }) => status)).toEqual([202, 202]);
    expect(new Set(kept).size).toBe(1);
    expect(facts).toHaveLength(2);
    await failing.close();
  });

  test("is not there where nothing keeps outcomes", async () => {
    const bare = await startApi();
    const answers = await Promise.all(["/feedback", "/retrain"].map((path) => bare.send(path, post({}))));
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(Object.keys((await bare.send("/openapi.json")).body.paths)).not.toContain("/feedback");
    await bare.close();
  });
});

describe("POST /retrain", () => {
  test("starts a run once, however often and however many at once ask with the same key", async () => {
    const started: string[] = [];
    const retrain = async ({ token }: { token: string }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      started.push(token);
      return { runId: `run-${started.length}` };
    };
    const api = await startApi("binary", { retrain });
    const ask = (key: string, reason = "drift") =>
      api.send("/retrain", { method: "POST", headers: headers(key), body: JSON.stringify({ reason }) });
    const answers = await Promise.all([1, 2, 3].map(() => ask("first-key")));
    expect(answers.map(({ status, body }) => [status, body.runId])).toEqual(Array(3).fill([202, "run-1"]));
    expect(answers.filter(({ body }) => body.started)).toHaveLength(1);
    expect((await ask("second-key")).body).toEqual({ runId: "run-2", started: true });
    expect([(await ask("first-key", "other")).status, started]).toEqual([409, ["first-key", "second-key"]]);
    for (const key of ["short", "with space!"]) expect((await ask(key)).body.code).toBe("header_invalid");
    expect((await ask("third-key", "")).body.code).toBe("body_invalid");
    await api.close();
  });

  test("whose data is still being put together has no run yet, and the same key gets it later", async () => {
    const answers = [{ started: true }, { started: false }, { runId: "run-1", started: false }];
    const api = await startApi("binary", { retrain: async () => answers.shift() ?? {} });
    const ask = () =>
      api.send("/retrain", { method: "POST", headers: headers("patient-key"), body: '{"reason":"monthly"}' });
    expect((await ask()).body).toEqual({ started: true });
    expect((await ask()).body).toEqual({ started: false });
    const last = { runId: "run-1", started: false };
    expect([(await ask()).body, (await ask()).body]).toEqual([last, last]);
    await api.close();
  });

  test("that failed can be asked for again with the same key", async () => {
    let attempts = 0;
    const retrain = async () => {
      attempts += 1;
      if (attempts === 1) throw new Error("throttled");
      return { runId: "run-1" };
    };
    const api = await startApi("binary", { retrain });
    const ask = () =>
      api.send("/retrain", { method: "POST", headers: headers("the-key-1"), body: '{"reason":"drift"}' });
    expect((await ask()).body.code).toBe("retrain_unavailable");
    expect((await ask()).body).toEqual({ runId: "run-1", started: true });
    await api.close();
  });
});
