import { category, defineContract, integer, number } from "@sagewright/contract";
import {
  BackendUnavailableError,
  ContractConflictError,
  createApi,
  definePolicy,
  type LifetimeValueModel,
  ModelMismatchError,
  usualPolicy,
} from "@sagewright/serving";
import { Ajv2020 as Ajv } from "ajv/dist/2020";
import fc from "fast-check";
import { type Answer, post, startApi, worth } from "./serving";

// Hundreds of requests, on machines that are busy with other tests.
const plain = { plan: "basic", international: true, tenure: 3, minutes: 120.5 };
const needed = { income: 100, policies: 2 };
const valued = { ...plain, ...needed };

const policy = definePolicy({
  ...usualPolicy,
  name: "test",
  lifetimeValue: {
    unit: "USD",
    tiers: [
      { tier: "GOLD", from: 500, takes: "upper" },
      { tier: "SILVER", from: 200, takes: "upper" },
      { tier: "BRONZE", from: 0, takes: "lower" },
    ],
  },
});

let api: Awaited<ReturnType<typeof startApi>>;
const ask = (row: unknown): Promise<Answer> => api.send("/predict?drivers=0", post(row));
const paths = ({ body }: Answer): [string, string][] =>
  body.errors.map(({ path, code }: { path: string; code: string }) => [path, code]);

beforeAll(async () => {
  api = await startApi("binary", { lifetimeValue: worth, policy });
});
afterAll(() => api.close());

describe("the answer where a lifetime-value model is served", () => {
  test("has value, tier, unit and version for a customer of whom enough is said", async () => {
    const { status, body } = await ask({ ...valued, region: "north", auto: "yes" });
    expect(status).toBe(200);
    expect(body.lifetimeValue).toEqual({ value: 204, tier: "SILVER", unit: "USD", modelVersion: "4" });
    expect(body.modelVersion).toBe("7");
  });

  test("lets the value choose the tier within the band, and the probability where it is not known", async () => {
    // This customer's probability is in the highest band, in its upper part.
    const tiers = await Promise.all(
      [plain, { ...valued, income: 1 }, valued, { ...valued, income: 1000 }].map(async (row) => {
        const { riskTier, lifetimeValue, churnProbability } = (await ask(row)).body;
        expect(churnProbability).toBeGreaterThan(0.6);
        return [lifetimeValue?.tier ?? null, riskTier];
      }),
    );
    expect(tiers).toEqual([
      [null, "CRITICAL"],
      ["BRONZE", "HIGH PRIORITY"],
      ["SILVER", "CRITICAL"],
      ["GOLD", "CRITICAL"],
    ]);
  });

  test("takes null for nothing said, and lets unknown values out that are not required", async () => {
    const nothing = { income: null, policies: null, region: null, auto: null };
    const answers = await Promise.all([{ ...plain, ...nothing }, { ...plain, income: null }, valued].map(ask));
    expect(answers.map(({ status, body }) => [status, body.lifetimeValue?.value ?? null])).toEqual([
      [200, null],
      [200, null],
      [200, 203.5],
    ]);
  });

  test.each([
    ["one of two that are needed", { ...plain, income: 1 }, [["/policies", "field_missing"]]],
    [
      "one that alone says nothing",
      { ...plain, region: "north" },
      [
        ["/income", "field_missing"],
        ["/policies", "field_missing"],
      ],
    ],
    ["null where a value is needed", { ...valued, policies: null }, [["/policies", "required_missing"]]],
    [
      "wrong values",
      { ...valued, income: -1, region: "west" },
      [
        ["/income", "below_minimum"],
        ["/region", "unknown_category"],
      ],
    ],
    [
      "wrong values of both models",
      { ...valued, plan: "tin", policies: "2" },
      [
        ["/plan", "unknown_category"],
        ["/policies", "not_a_number"],
      ],
    ],
    ["a shared value outside the other's range", { ...valued, tenure: 91 }, [["/tenure", "above_maximum"]]],
    ["a value that no model can score", { ...valued, income: 1e40 }, [["/income", "not_scorable"]]],
    ["a field that neither knows", { ...valued, incomes: 1 }, [["/incomes", "field_unexpected"]]],
    ["what the lifetime-value model predicts", { ...valued, worth: 1 }, [["/worth", "field_unexpected"]]],
  ])("is refused with %s, every field named once", async (_, row, expected) => {
    const answer = await ask(row);
    expect([answer.status, answer.body.code]).toEqual([422, "row_invalid"]);
    expect(paths(answer)).toEqual(expected);
  });

  test("holds a shared value to the other contract only where the lifetime value is asked for", async () => {
    expect((await ask({ ...plain, tenure: 91 })).body.lifetimeValue).toBeNull();
  });

  test("is the same in every kind of batch", async () => {
    const rows = [plain, valued, { ...plain, income: 5 }, { ...valued, income: 1, auto: true, tenure: 90 }];
    const list = (await api.send("/predict/batch", post(rows))).body.results;
    const kind = (type: string, body: string) =>
      api.send("/predict/batch", { method: "POST", headers: { "content-type": type }, body });
    const lines = (await kind("application/x-ndjson", rows.map((row) => JSON.stringify(row)).join("\n"))).body;
    const json = (lines as string)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const worths = (results: { prediction?: { lifetimeValue: unknown } }[]) =>
      results.map(({ prediction }) => prediction?.lifetimeValue);
    const expected = [
      null,
      { value: 203.5, tier: "SILVER", unit: "USD", modelVersion: "4" },
      undefined,
      { value: 93.5, tier: "BRONZE", unit: "USD", modelVersion: "4" },
    ];
    expect(worths(list)).toEqual(expected);
    expect(worths(json)).toEqual(expected);

    const csv = [
      "policies,plan,international,tenure,minutes,income,auto,note",
      ",basic,yes,3,120.5,,,x",
      "2,basic,yes,3,120.5,100,,x",
      ",basic,yes,3,120.5,5,,x",
      "2,basic,yes,90,120.5,1,yes,x",
    ].join("\n");
    const [head = "", ...records] = ((await kind("text/csv", csv)).body as string).trimEnd().split("\n");
    const at = (name: string) => head.split(",").indexOf(name);
    const cells = records.map((record) =>
      [at("lifetimeValue"), at("valueTier")].map((cell) => record.split(",")[cell]),
    );
    expect(cells).toEqual([
      ["", ""],
      ["203.5", "SILVER"],
      ["", ""],
      ["93.5", "BRONZE"],
    ]);
    expect(records[2]).toContain('policies: """" is missing');
  });

  test("takes a CSV without the lifetime value's columns", async () => {
    const csv = "plan,international,tenure,minutes\nbasic,yes,3,120.5\n";
    const answer = await api.send("/predict/batch", {
      method: "POST",
      headers: { "content-type": "text/csv" },
      body: csv,
    });
    expect(answer.body.split("\n")[1]).toMatch(/,CRITICAL,.*,,,7,$/);
  });
});

describe("an API with a lifetime-value model", () => {
  test("tells of it in /model, /stats and /metrics", async () => {
    const fresh = await startApi("binary", { lifetimeValue: worth, policy });
    for (const row of [plain, valued, { ...valued, income: 400 }, { ...plain, income: 1 }]) {
      await fresh.send("/predict", post(row));
    }
    expect((await fresh.send("/model")).body).toMatchObject({
      ...{ name: "churn", task: "binary", policy: "test", contract: { name: "test-binary" } },
      lifetimeValue: {
        name: "worth",
        version: "4",
        metrics: { r2: 0.7 },
        task: "regression",
        contract: { name: "test-worth" },
      },
    });
    expect((await fresh.send("/stats")).body).toMatchObject({
      predictions: 3,
      refusedRows: 1,
      lifetimeValue: {
        valued: 2,
        mean: (203.5 + 803.5) / 2,
        tiers: [
          { tier: "SILVER", count: 1, share: 0.5 },
          { tier: "GOLD", count: 1, share: 0.5 },
        ],
      },
    });
    expect((await fresh.send("/metrics")).body).toContain('sagewright_lifetime_values_by_tier_total{tier="GOLD"} 1\n');
    await fresh.close();
  });

  test("gives any customer that the document's schema allows an answer in its schema, any other 422 with every bad field", async () => {
    const { body: document } = await api.send("/openapi.json");
    const ajv = new Ajv({ strict: false, allErrors: true }).addSchema(document, "api");
    const allowed = ajv.getSchema("api#/components/schemas/Customer");
    const answers = ajv.getSchema("api#/components/schemas/Prediction");
    const odd = fc.constantFrom<unknown>("x", "", null, -1, 0, 1, 1.5, 91, 1e300, true, "yes", "Yes", [], {});
    const mostly = (...usual: unknown[]) =>
      fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: odd });
    const own = {
      plan: mostly("gold", null),
      international: mostly(true, "no", null),
      tenure: mostly(0, 60, 100),
      minutes: mostly(0, 7.25, null),
    };
    const more = {
      income: mostly(0, 50),
      policies: mostly(1, 9),
      region: mostly("south", null),
      auto: mostly(false, null),
      ...{ account: odd, notes: odd, surname: odd, customer: odd },
    };
    const said = fc.oneof(
      { weight: 4, arbitrary: fc.record({ account: odd, income: fc.constant(null) }, { requiredKeys: [] }) },
      { weight: 4, arbitrary: fc.record(more, { requiredKeys: ["income", "policies"] }) },
      { weight: 1, arbitrary: fc.record(more, { requiredKeys: [] }) },
      { weight: 1, arbitrary: fc.record({ worth: odd, x: odd }) },
    );
    const row = fc.tuple(fc.record(own), said).map(([known, value]) => ({ ...known, ...value }));
    const seen = { plain: 0, valued: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(row, async (customer) => {
        const answer = await ask(customer);
        if (allowed?.(customer) === true) {
          expect([answer.status, answers?.(answer.body), answers?.errors]).toEqual([200, true, null]);
          seen[answer.body.lifetimeValue === null ? "plain" : "valued"] += 1;
          return;
        }
        expect(answer.status).toBe(422);
        expect(new Set(paths(answer).map(([path]) => path))).toEqual(badFields(customer));
        seen.refused += 1;
      }),
      { numRuns: 300, seed: 4 },
    );
    expect(Math.min(seen.plain, seen.valued, seen.refused)).toBeGreaterThan(30);

    /** What the schema finds wrong: outside the two ways to speak of the value, and on the way that the row takes. */
    function badFields(customer: object): Set<string> {
      const asks = ["income", "policies", "region", "auto"].some((name) => Reflect.get(customer, name) != null);
      const otherWay = asks ? /\/anyOf(\/0\/|$)/ : /\/anyOf/;
      const found = (allowed?.errors ?? []).filter(({ schemaPath }) => !otherWay.test(schemaPath));
      return new Set(
        found.map(
          ({ instancePath, params }) => instancePath || `/${params.missingProperty ?? params.additionalProperty}`,
        ),
      );
    }
  });

  test("has examples of both kinds of customer that work", async () => {
    const { body } = await api.send("/openapi.json");
    const content = (path: string) => body.paths[path].post.requestBody.content;
    const { withLifetimeValue, withoutLifetimeValue } = content("/predict")["application/json"].examples;
    expect((await ask(withLifetimeValue.value)).body.lifetimeValue.tier).toBe("BRONZE");
    expect((await ask(withoutLifetimeValue.value)).body.lifetimeValue).toBeNull();
    for (const type of ["application/json", "application/x-ndjson", "text/csv"]) {
      const { example } = content("/predict/batch")[type];
      const sent = typeof example === "string" ? example : JSON.stringify(example);
      const request = { method: "POST", headers: { "content-type": type, accept: "application/x-ndjson" }, body: sent };
      const answer = await api.send("/predict/batch", request);
      const results =
        answer.body.results ??
        answer.body
          .trimEnd()
          .split("\n")
          .map((line: string) => JSON.parse(line));
      expect(results.map(({ prediction }: { prediction: object }) => prediction)).toHaveLength(2);
      expect(JSON.stringify(results)).not.toContain("problem");
    }
  });

  test("shows its fields apart in the documentation", async () => {
    const { body } = await api.send("/docs");
    expect(body.indexOf("<code>income</code>")).toBeGreaterThan(body.indexOf("<h2>Fields for the lifetime value</h2>"));
    expect(body).toContain("a whole number from 1 to 9");
  });

  test("answers 503 when the lifetime-value model does not, and health says so", async () => {
    const down = async () => {
      throw new BackendUnavailableError("It is being updated.");
    };
    const backend = { kind: "endpoint" as const, predict: down, ready: down };
    const broken = await startApi("binary", { lifetimeValue: { ...worth, backend }, policy });
    expect((await broken.send("/predict", post(valued))).body.code).toBe("backend_unavailable");
    expect((await broken.send("/predict", post(plain))).status).toBe(200);
    expect((await broken.send("/health")).status).toBe(503);
    await broken.close();
  });

  test("records the tier and the model of the value with the decision, nothing else of it", async () => {
    const facts: object[] = [];
    const audit = { record: (fact: object) => void facts.push(fact), flush: async () => undefined };
    const audited = await startApi("binary", { lifetimeValue: worth, policy, audit: audit as never });
    await audited.send("/predict", post(valued));
    await audited.send("/predict", post(plain));
    expect(facts).toMatchObject([
      { what: "predict", about: { tier: "CRITICAL", valueTier: "SILVER", valueModel: "4" } },
      { what: "predict", about: { tier: "CRITICAL" } },
    ]);
    expect(facts[1]).not.toHaveProperty("about.valueTier");
    expect(JSON.stringify(facts)).not.toContain("203");
    await audited.close();
  });
});

describe("models that are served together", () => {
  const target = { column: "worth", kind: "regression" as const };
  const serveWith = (contract: LifetimeValueModel["contract"]) => () =>
    createApi({
      ...{ contract: defineContract(churn), backend: worth.backend, model: { name: "churn", version: "1" } },
      lifetimeValue: { ...worth, contract },
    });
  const churn = {
    name: "leaving",
    id: ["customer"],
    target: { column: "churn", positive: "yes", negative: "no" },
    columns: { tenure: integer({ minimum: 10, unit: "months" }), plan: category(["basic", "gold"]), spend: number() },
  } as const;

  test("mean the same by the same name; every conflict is told", () => {
    const other = defineContract({
      ...{ name: "worth", target: { column: "spend", kind: "regression" as const } },
      columns: {
        tenure: integer({ minimum: 0, unit: "years" }),
        plan: category(["A", "B"]),
        churn: category(["yes", "no"]),
        customer: integer(),
      },
    });
    expect(serveWith(other)).toThrow(ContractConflictError);
    expect(serveWith(other)).toThrow(
      [
        "leaving and worth cannot be served together:",
        "  tenure: in months in leaving, and in years in worth.",
        "  plan: one of basic, gold in leaving, and one of A, B in worth.",
        "  churn: what leaving predicts, and a feature of worth.",
        "  customer: an id of leaving, and a feature of worth.",
        "  spend: what worth predicts, and a feature of leaving.",
        "Rename the column in one of them, or let both mean the same, and train again.",
      ].join("\n"),
    );
    const types = defineContract({ name: "worth", target, columns: { tenure: number({ maximum: 5 }) } });
    expect(serveWith(types)).toThrow("tenure: an integer in leaving, and a number in worth.");
    const ranges = defineContract({ name: "worth", target, columns: { tenure: integer({ maximum: 5 }) } });
    expect(serveWith(ranges)).toThrow("tenure: from 10 in leaving, and up to 5 in worth.");
  });

  test("may have the very same columns: then everyone is valued of whom enough is known", async () => {
    const same = defineContract({
      ...{ name: "worth", target },
      columns: { tenure: integer({ maximum: 40, required: true }), plan: category(["gold"]) },
    });
    const backend = { ...worth.backend, predict: () => 7 };
    const together = await startApi("binary", {
      ...{ contract: defineContract(churn), backend: { ...backend, predict: () => 0.5 } },
      lifetimeValue: { ...worth, contract: same, backend },
    });
    const valueFor = async (row: object) => {
      const { status, body } = await together.send("/predict", post({ plan: "gold", spend: 1, ...row }));
      return status === 200 ? (body.lifetimeValue?.value ?? null) : body.errors[0].path;
    };
    expect(await Promise.all([{ tenure: 12 }, { tenure: null }, { tenure: 41 }].map(valueFor))).toEqual([
      7,
      null,
      "/tenure",
    ]);
    const { body: document } = await together.send("/openapi.json");
    const { withLifetimeValue } = document.paths["/predict"].post.requestBody.content["application/json"].examples;
    expect(withLifetimeValue.value).toMatchObject({ plan: "gold" });
    expect(await valueFor(withLifetimeValue.value)).toBe(7);
    await together.close();
  });

  test("are one that predicts churn and one that values", () => {
    const churning = { ...worth, contract: defineContract(churn) };
    expect(() => createApi({ ...worth, lifetimeValue: worth })).toThrow(ModelMismatchError);
    expect(() => createApi({ ...worth, contract: defineContract(churn), lifetimeValue: churning })).toThrow(
      "leaving predicts a class, not a lifetime value. Give a regression.",
    );
  });
});
