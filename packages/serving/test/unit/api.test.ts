import { rowSchema } from "@sagewright/contract";
import { definePolicy, embeddedBackend, usualPolicy } from "@sagewright/serving";
import Ajv from "ajv/dist/2020";
import fc from "fast-check";
import { model, post, startApi } from "./serving";

const good = { plan: "basic", international: true, tenure: 3, minutes: 120.5 };

describe("a model that predicts churn", () => {
  let api: Awaited<ReturnType<typeof startApi>>;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  test("answers with probability, decision, tier, recommendation, confidence, drivers and version", async () => {
    const { predictor } = model("binary");
    const { value, base, drivers } = predictor.explainRow({ ...good, international: 1 });
    const { status, body, headers } = await api.send("/predict", post(good));
    expect(status).toBe(200);
    expect(headers.get("x-request-id")).toMatch(/^id-\d+$/);
    expect(body).toEqual({
      predictionId: expect.stringMatching(/^id-\d+$/),
      churnProbability: value,
      decision: { churn: true, threshold: 0.35 },
      riskTier: "CRITICAL",
      recommendation: "Call within 24 hours and offer a retention plan.",
      confidence: Math.round(((value - 0.35) / 0.65) * 1e4) / 1e4,
      drivers: expect.any(Array),
      modelVersion: "7",
      latencyMs: 0,
    });
    expect(body.drivers[0]).toEqual({
      feature: drivers[0]?.feature,
      value: expect.anything(),
      ...(drivers[0]?.unit === undefined ? {} : { unit: drivers[0].unit }),
      direction: (drivers[0]?.contribution ?? 0) > 0 ? "raises" : "lowers",
      effect: expect.closeTo((drivers[0]?.contribution ?? 0) * 100, 3),
    });
    const moved = body.drivers.reduce((sum: number, driver: { effect: number }) => sum + driver.effect, 0);
    expect(moved / 100).toBeCloseTo(value - base, 5);
    expect(body.drivers).toContainEqual(expect.objectContaining({ feature: "tenure", value: 3, unit: "months" }));
    expect(body.drivers).toContainEqual(expect.objectContaining({ feature: "international", value: true }));
  });

  test("gives scikit-learn's probability for every row, alone and in a batch", async () => {
    const { scored } = model("binary");
    const { body } = await api.send("/predict/batch", post(scored.map(({ row }) => row)));
    const batch = body.results.map(
      (result: { prediction: { churnProbability: number } }) => result.prediction.churnProbability,
    );
    expect(batch).toEqual(scored.map(({ score }) => score));
    for (const { row, score } of scored) {
      const single = await api.send("/predict?drivers=0", post(row));
      expect(single.body.churnProbability).toBe(score);
      expect(single.body.drivers).toEqual([]);
    }
  });

  test("reports as many drivers as asked, largest first", async () => {
    const { body } = await api.send("/predict?drivers=2", post(good));
    const sizes = body.drivers.map((driver: { effect: number }) => Math.abs(driver.effect));
    expect(sizes).toHaveLength(2);
    expect(sizes[0]).toBeGreaterThanOrEqual(sizes[1]);
  });

  test("answers good rows of a batch beside the problems of bad ones", async () => {
    const { status, body } = await api.send(
      "/predict/batch?drivers=1",
      post([good, { ...good, tenure: -1 }, "row", good]),
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ rows: 4, answered: 2, refused: 2, modelVersion: "7" });
    expect(body.results.map((result: object) => Object.keys(result))).toEqual([
      ["index", "prediction"],
      ["index", "problem"],
      ["index", "problem"],
      ["index", "prediction"],
    ]);
    expect(body.results[1].problem.errors).toEqual([
      expect.objectContaining({ code: "below_minimum", path: "/tenure" }),
    ]);
    expect(body.results[0].prediction.drivers).toHaveLength(1);
  });

  test("says that it is ready, what it serves, and what it did", async () => {
    const fresh = await startApi();
    await fresh.send("/predict", post(good));
    await fresh.send("/predict", post({ ...good, minutes: "many" }));
    await fresh.send("/predict/batch", post([good, {}]));
    expect((await fresh.send("/health")).body).toEqual({ status: "ready", modelVersion: "7" });
    expect((await fresh.send("/model")).body).toMatchObject({
      name: "churn",
      version: "7",
      threshold: 0.35,
      task: "binary",
      backend: "embedded",
      policy: "usual",
      contract: { format: 1, name: "test-binary" },
    });
    const { churnProbability } = (await api.send("/predict", post(good))).body;
    expect((await fresh.send("/stats")).body).toEqual({
      since: "2026-01-02T03:04:05.000Z",
      modelVersion: "7",
      predictions: 2,
      refusedRows: 2,
      failedRows: 0,
      mean: churnProbability,
      tiers: [{ tier: "CRITICAL", count: 2, share: 1 }],
      latencyMs: { mean: 0, p50: 0.01, p95: 0.01, p99: 0.01 },
    });
    const metrics = (await fresh.send("/metrics")).body;
    expect(metrics).toContain("\nsagewright_predictions_total 2\n");
    expect(metrics).toContain('sagewright_predictions_by_tier_total{tier="CRITICAL"} 2\n');
    expect(metrics).toContain('sagewright_requests_total{route="POST /predict",status="422"} 1\n');
    await fresh.close();
  });

  test("describes itself in OpenAPI 3.1, with examples that work", async () => {
    const { body } = await api.send("/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    expect(Object.keys(body.paths)).toEqual(["/predict", "/predict/batch", "/health", "/model", "/stats", "/metrics"]);
    const example = (path: string) => body.paths[path].post.requestBody.content["application/json"].example;
    expect((await api.send("/predict", post(example("/predict")))).status).toBe(200);
    expect((await api.send("/predict/batch", post(example("/predict/batch")))).body.refused).toBe(0);
  });

  test("gives any customer that the document's schema allows an answer in its schema, any other 422 with every bad field", async () => {
    const { body: document } = await api.send("/openapi.json");
    const ajv = new Ajv({ strict: false, allErrors: true }).addSchema(document, "api");
    const allowed = ajv.getSchema("api#/components/schemas/Customer");
    const answers = ajv.getSchema("api#/components/schemas/Prediction");
    const value = fc.constantFrom<unknown>(
      "basic",
      "gold",
      "Gold",
      true,
      false,
      "yes",
      "Yes",
      0,
      3,
      120,
      121,
      -1,
      1.5,
      1e300,
      null,
      "3",
      {},
      [],
    );
    const mostly = <T>(usual: T[]) =>
      fc.oneof({ weight: 6, arbitrary: fc.constantFrom<unknown>(...usual) }, { weight: 1, arbitrary: value });
    const fields = {
      plan: mostly(["basic", null]),
      international: mostly([true, "no", null]),
      tenure: mostly([0, 60]),
      minutes: mostly([0, 7.25, null]),
    };
    const row = fc.record(
      { ...fields, surname: value, extra: value },
      { requiredKeys: ["plan", "international", "tenure"] },
    );
    const seen = { answered: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(row, async (customer) => {
        const { status, body } = await api.send("/predict", post(customer));
        const valid = allowed?.(customer);
        if (valid === true) {
          expect(status).toBe(200);
          expect([answers?.(body), answers?.errors]).toEqual([true, null]);
          seen.answered += 1;
          return;
        }
        const bad = new Set(
          allowed?.errors?.map(
            ({ instancePath, params }) => instancePath || `/${params.missingProperty ?? params.additionalProperty}`,
          ),
        );
        expect(status).toBe(422);
        expect(new Set(body.errors.map((error: { path: string }) => error.path))).toEqual(bad);
        seen.refused += 1;
      }),
      { numRuns: 400 },
    );
    expect(Math.min(seen.answered, seen.refused)).toBeGreaterThan(20);
  });

  test("serves its documentation from itself alone", async () => {
    const { body, headers } = await api.send("/docs");
    expect(headers.get("content-type")).toMatch(/^text\/html/);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'");
    expect(body).toContain("<code>POST /predict/batch</code>");
    expect(body).toContain("a whole number from 0 to 120 (months)");
    const linked = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]);
    expect(linked).toEqual(["docs/docs.css", "openapi.json", "docs/docs.js"]);
    for (const path of linked) {
      expect((await api.send(new URL(path ?? "", "http://api.test/docs").pathname)).status).toBe(200);
      expect(new URL(path ?? "", "https://api.test/live/docs").pathname).toBe(`/live/${path}`);
    }
    const script = (await api.send("/docs/docs.js")).body;
    expect(script).toContain('fetch("predict"');
    expect(script).not.toMatch(/"\/predict/);
  });
});

describe("a regression", () => {
  test("answers with the value and its drivers in the target's unit", async () => {
    const { scored, predictor } = model("regression");
    const api = await startApi("regression");
    for (const { row, score } of scored.slice(0, 20)) {
      const { status, body } = await api.send("/predict", post(row));
      expect(status).toBe(200);
      expect(Object.keys(body)).toEqual(["predictionId", "value", "drivers", "modelVersion", "latencyMs"]);
      expect(body.value).toBe(score);
    }
    const { body } = await api.send("/predict", post(good));
    const { value, base } = predictor.explainRow({ ...good, international: 1 });
    const moved = body.drivers.reduce((sum: number, driver: { effect: number }) => sum + driver.effect, 0);
    expect(moved).toBeCloseTo(value - base, 6);
    expect((await api.send("/stats")).body.tiers).toEqual([]);
    await api.close();
  });
});

describe("backends", () => {
  test("a model of other columns or another task is not served", () => {
    const { predictor, contract } = model("binary");
    const other = model("regression");
    expect(() => embeddedBackend(other.predictor, contract)).toThrow(
      "The model's task is regression, and the target of contract test-binary is binary. Serve a model with the contract it was trained on.",
    );
    const columns = contract.columns.map((column) => (column.name === "plan" ? { ...column, name: "tariff" } : column));
    expect(() => embeddedBackend(predictor, { ...contract, columns })).toThrow(
      "Model and contract test-binary differ: the model does not know tariff; the contract does not have plan. Serve a model with the contract it was trained on.",
    );
  });
});

describe("the schema of a request", () => {
  test("is the contract's own", async () => {
    const { contract } = model("binary");
    expect(rowSchema(contract).safeParse(good).success).toBe(true);
    expect(definePolicy(usualPolicy)).toEqual(usualPolicy);
  });
});
