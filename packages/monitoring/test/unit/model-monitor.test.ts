import { z } from "zod";
import { compareWithBaseline, emptySummary, modelMonitorDocuments, RowCounter, type Summary } from "../../src";
import { hour } from "../support/captures";
import { baseline, contract, trained } from "../support/small";

type Row = Record<string, unknown>;
const counter = new RowCounter(baseline, contract);

function documentsOf(rows: number, change: (row: Row, at: number) => Row = (row) => row) {
  const summary: Summary = emptySummary(baseline, hour);
  for (let at = 0; at < rows; at += 1) {
    const score = [0.15, 0.15, 0.15, 0.15, 0.35, 0.35, 0.35, 0.6, 0.6, 0.85][(at * 13) % 10] ?? 0;
    const input = change(trained(at), at);
    counter.add(summary, { input, score, positive: null, modelVersion: "7", latencyMs: 1, at: hour.from });
  }
  const report = compareWithBaseline({ baseline, contract, summary });
  return modelMonitorDocuments({ baseline, contract, summary, report });
}

/** The shapes as the SageMaker developer guide has them; strict, so that nothing is there that it does not name. */
const common = z.strictObject({ num_present: z.number(), num_missing: z.number() });
const bucket = z.strictObject({ lower_bound: z.number(), upper_bound: z.number(), count: z.number() });
const named = z.strictObject({ value: z.string(), count: z.number() });
const published = {
  "statistics.json": z.strictObject({
    version: z.literal(0),
    dataset: z.strictObject({ item_count: z.number() }),
    features: z.array(
      z.union([
        z.strictObject({
          name: z.string(),
          inferred_type: z.enum(["Fractional", "Integral", "Unknown"]),
          numerical_statistics: z.strictObject({
            common,
            mean: z.number().optional(),
            sum: z.number().optional(),
            std_dev: z.number().optional(),
            min: z.number().optional(),
            max: z.number().optional(),
            distribution: z.strictObject({ kll: z.strictObject({ buckets: z.array(bucket) }) }),
          }),
        }),
        z.strictObject({
          name: z.string(),
          inferred_type: z.literal("String"),
          string_statistics: z.strictObject({
            common,
            distinct_count: z.number(),
            distribution: z.strictObject({ categorical: z.strictObject({ buckets: z.array(named) }) }),
          }),
        }),
      ]),
    ),
  }),
  "constraints.json": z.strictObject({
    version: z.literal(0),
    features: z.array(
      z.strictObject({
        name: z.string(),
        inferred_type: z.enum(["Integral", "Fractional", "String", "Unknown"]),
        completeness: z.number(),
        num_constraints: z.strictObject({ is_non_negative: z.boolean() }).optional(),
        string_constraints: z.strictObject({ domains: z.array(z.string()) }).optional(),
        monitoringConfigOverrides: z.object({}).optional(),
      }),
    ),
    monitoring_config: z.strictObject({
      evaluate_constraints: z.enum(["Enabled", "Disabled"]),
      emit_metrics: z.enum(["Enabled", "Disabled"]),
      datatype_check_threshold: z.number(),
      domain_content_threshold: z.number(),
      distribution_constraints: z.strictObject({
        perform_comparison: z.enum(["Enabled", "Disabled"]),
        comparison_threshold: z.number(),
        comparison_method: z.enum(["Simple", "Robust"]),
        categorical_comparison_threshold: z.number(),
        categorical_drift_method: z.enum(["LInfinity", "ChiSquared"]),
      }),
    }),
  }),
  "constraint_violations.json": z.strictObject({
    violations: z.array(
      z.strictObject({
        feature_name: z.string(),
        constraint_check_type: z.enum([
          "data_type_check",
          "completeness_check",
          "baseline_drift_check",
          "missing_column_check",
          "extra_column_check",
          "categorical_values_check",
        ]),
        description: z.string(),
      }),
    ),
  }),
};

test.each<[string, number, (row: Row, at: number) => Row]>([
  ["like training", 1_000, (row) => row],
  ["without data", 0, (row) => row],
  ["with everything wrong", 1_000, (_, at) => ({ minutes: at === 0 ? 1e200 : "many", plan: `plan ${at}`, extra: 1 })],
])("a window %s has the shapes that AWS publishes", (_, rows, change) => {
  const written = JSON.parse(JSON.stringify(documentsOf(rows, change)));
  for (const [name, schema] of Object.entries(published)) expect(schema.safeParse(written[name]).error).toBeUndefined();
});

test("statistics are those of the window", () => {
  const { "statistics.json": found } = documentsOf(1_000, (row, at) =>
    at % 4 === 0 ? { ...row, minutes: null, plan: "tin" } : { ...row, minutes: at % 4 === 1 ? -10 : 500 },
  );
  expect(found.dataset).toEqual({ item_count: 1_000 });
  const of = (name: string) => found.features.find((feature) => feature.name === name);
  expect(of("minutes")).toEqual({
    name: "minutes",
    inferred_type: "Fractional",
    numerical_statistics: {
      common: { num_present: 750, num_missing: 250 },
      mean: 330,
      sum: 247_500,
      std_dev: expect.closeTo(Math.sqrt((250 * 340 ** 2 + 500 * 170 ** 2) / 750), 9),
      min: -10,
      max: 500,
      distribution: {
        kll: {
          buckets: [
            { lower_bound: -10, upper_bound: 0, count: 250 },
            { lower_bound: 0, upper_bound: 100, count: 0 },
            { lower_bound: 100, upper_bound: 200, count: 0 },
            { lower_bound: 200, upper_bound: 300, count: 0 },
            { lower_bound: 300, upper_bound: 400, count: 0 },
            { lower_bound: 400, upper_bound: 500, count: 500 },
          ],
        },
      },
    },
  });
  expect(of("plan")).toMatchObject({
    inferred_type: "String",
    string_statistics: {
      common: { num_present: 1_000, num_missing: 0 },
      distinct_count: 3,
      distribution: { categorical: { buckets: expect.arrayContaining([{ value: "tin", count: 250 }]) } },
    },
  });
  expect(of("active")).toMatchObject({
    inferred_type: "Integral",
    numerical_statistics: { mean: 0.7, min: 0, max: 1 },
  });
});

test("constraints are those of the training data", () => {
  const { "constraints.json": found } = documentsOf(100);
  expect(found.features).toEqual([
    { name: "active", inferred_type: "Integral", completeness: 1, num_constraints: { is_non_negative: true } },
    { name: "minutes", inferred_type: "Fractional", completeness: 1, num_constraints: { is_non_negative: true } },
    { name: "plan", inferred_type: "String", completeness: 1, string_constraints: { domains: ["basic", "gold"] } },
    { name: "version", inferred_type: "Fractional", completeness: 1, num_constraints: { is_non_negative: true } },
  ]);
});

test("violations are what the report found, each under Model Monitor's name for it", () => {
  const { "constraint_violations.json": found } = documentsOf(1_000, ({ active: _, ...row }, at) => ({
    ...row,
    extra: 1,
    minutes: at % 50 === 0 ? "many" : 350,
    plan: at % 20 === 0 ? "tin" : row.plan,
    version: 4,
  }));
  const kinds = found.violations.map((each) => `${each.constraint_check_type} ${each.feature_name}`).sort();
  expect([...new Set(kinds)]).toEqual([
    "baseline_drift_check minutes",
    "baseline_drift_check plan",
    "baseline_drift_check version",
    "categorical_values_check plan",
    "data_type_check minutes",
    "extra_column_check extra",
    "missing_column_check active",
  ]);
  const [absent] = found.violations.filter((each) => each.constraint_check_type === "missing_column_check");
  expect(absent?.description).toBe("active: the column is not in any row. Was it renamed to extra?");
});

test("a window like training violates nothing; one in which nothing could be tested does", () => {
  expect(documentsOf(1_000)["constraint_violations.json"]).toEqual({ violations: [] });
  for (const rows of [0, 50])
    expect(documentsOf(rows)["constraint_violations.json"].violations).toEqual([
      {
        feature_name: "dataset",
        constraint_check_type: "completeness_check",
        description: expect.stringMatching(rows === 0 ? /^No predictions from / : /^50 predictions .* too few to tell/),
      },
    ]);
});
