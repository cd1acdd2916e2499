import type { PipelineDefinition } from "@sagewright/pipeline";
import {
  cheapestModes,
  defaultUsage,
  defineEnvironment,
  estimateMonth,
  type PipelineJobs,
  pipelineJobs,
  priceLines,
  priceTable,
  usageOf,
} from "../../src/index";

const jobs: PipelineJobs[] = [
  { step: "Prepare", instance: "ml.m5.large", machines: 1, spot: false },
  { step: "Tune", instance: "ml.m5.large", machines: 12, spot: true },
  { step: "Evaluate", instance: "ml.m5.large", machines: 1, spot: false },
];

describe("a month's cost", () => {
  it("is what a person computes by hand from the price table", () => {
    const [endpoint, serverless, embedded] = estimateMonth({ ...defaultUsage, jobs }, priceTable);
    // (2 + 12 x 0.4) machines x 5 min x 4 runs = 2.26667 h x $0.115
    expect(endpoint?.training).toBeCloseTo(0.260667, 6);
    // 730 h x $0.115
    expect(endpoint?.hosting).toBeCloseTo(83.95, 6);
    // 100,000 x 2 GB x 0.1 s x $0.00002
    expect(serverless?.hosting).toBeCloseTo(0.4, 6);
    expect(embedded?.hosting).toBe(0);
    // 0.1 M x $0.20 + 100,000 x 0.5 GB x 0.02 s x $0.0000166667
    expect(embedded?.lambda).toBeCloseTo(0.0366667, 6);
    // 0.1 M x $1.00; 1 GB; 3 x $0.10 + 5 x $0.30 + 0.1 GB x $0.50
    expect(embedded).toMatchObject({ gateway: 0.1, storage: 0.023 });
    expect(embedded?.watching).toBeCloseTo(1.85, 6);
    expect(embedded?.total).toBeCloseTo(0.260667 + 0.0366667 + 0.1 + 0.023 + 1.85, 5);
    expect(endpoint?.total).toBeCloseTo(0.260667 + 83.95 + (0.02 + 0.0416668) + 0.1 + 0.023 + 1.85, 5);
    expect(serverless?.total).toBeCloseTo(0.260667 + 0.4 + (0.02 + 0.1000002) + 0.1 + 0.023 + 1.85, 5);
  });

  it("says which mode is cheapest at which traffic", () => {
    expect(cheapestModes(defaultUsage, priceTable)).toEqual([{ mode: "embedded", from: 0 }]);
    const without = cheapestModes(defaultUsage, priceTable, ["endpoint", "serverless"]);
    // Serverless costs 0.000004 + 0.5 x 0.07 x 0.0000166667 = $0.00000458333 more a prediction: 83.95 / 0.00000458333
    expect(without.map(({ mode }) => mode)).toEqual(["serverless", "endpoint"]);
    expect((without[1]?.from ?? 0) / 18_316_363).toBeCloseTo(1, 5);
  });

  it("is what an environment describes, by hand from the price table", () => {
    const prod = defineEnvironment({
      name: "prod",
      account: "333344445555",
      region: "eu-central-1",
      kmsKey: "alias/sagewright",
      monitoring: {},
      serving: { mode: "endpoint", instances: 2, capture: { share: 0.2 }, api: { firewall: true } },
      traffic: { predictionsPerMonth: 1_000_000, runsPerMonth: 2 },
      alerts: {
        targets: { team: { type: "slack", secret: "a" } },
        routes: { critical: ["team"], performance: ["team"], minor: [] },
      },
    });
    const [endpoint] = estimateMonth(usageOf(prod, jobs), priceTable);
    // 2 x 730 h x $0.115
    expect(endpoint?.hosting).toBeCloseTo(167.9, 6);
    // (2 + 12 x 0.4) machines x 5 min x 2 runs x $0.115
    expect(endpoint?.training).toBeCloseTo((6.8 * 10 * 0.115) / 60, 6);
    // 30.4167 daily jobs x 5 min x $0.115
    expect(endpoint?.monitoring).toBeCloseTo(0.291493, 6);
    // 1 M x $3.50
    expect(endpoint?.gateway).toBe(3.5);
    // 1 GB + 200,000 x 2,048 B kept for 90 days = 1.128696 GB; 43,800 puts
    expect(endpoint?.storage).toBeCloseTo(2.128696 * 0.023 + 0.219, 4);
    // two keys, two secrets, a firewall of four rules and a million requests
    expect(endpoint?.security).toBeCloseTo(2 + 0.8 + 5 + 4 + 0.6, 6);
    // (14 + 2 guards) x $0.10, 6 metrics, a dashboard, 0.1 GB of logs, 10,000 messages
    expect(endpoint?.watching).toBeCloseTo(1.6 + 1.8 + 3 + 0.05 + 0.009, 6);
  });

  it("stands on prices that each name AWS's page and against what they were checked", () => {
    expect(priceTable.date).toMatch(/^\d{4}-\d{2}$/);
    const lines = priceLines(priceTable);
    const numbers = (value: unknown): number[] =>
      typeof value === "number" ? [value] : Object.values(value as object).flatMap(numbers);
    const { reference: _, notCounted: __, sources: ___, region: ____, ...rest } = priceTable;
    const { currency: _c, date: _d, source: _s, ...prices } = rest;
    expect(lines.map(({ price }) => price).sort()).toEqual(numbers(prices).sort());
    for (const line of lines) {
      expect(line.page).toMatch(/^https:\/\/aws\.amazon\.com\//);
      expect(line.checked).not.toBe("");
    }
  });

  it("refuses an instance type whose price it does not know", () => {
    const hosting = { instance: "ml.p9.huge", instances: 1 };
    expect(() => estimateMonth({ ...defaultUsage, hosting }, priceTable)).toThrow(
      expect.objectContaining({ code: "price_unknown" }) as Error,
    );
  });
});

test("the jobs of a definition: trials of a tuning step, parameters by their default", () => {
  const definition: PipelineDefinition = {
    Version: "2020-12-01",
    Parameters: [{ Name: "Type", Type: "String", DefaultValue: "ml.m5.large" }],
    Steps: [
      {
        Name: "Prepare",
        Type: "Processing",
        Arguments: {
          ProcessingResources: { ClusterConfig: { InstanceType: { Get: "Parameters.Type" }, InstanceCount: 2 } },
        },
      },
      {
        Name: "Tune",
        Type: "Tuning",
        Arguments: {
          HyperParameterTuningJobConfig: { ResourceLimits: { MaxNumberOfTrainingJobs: 12 } },
          TrainingJobDefinition: {
            ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1 },
            EnableManagedSpotTraining: true,
          },
        },
      },
      { Name: "Stop", Type: "Fail", Arguments: { ErrorMessage: "no" } },
    ],
  };
  expect(pipelineJobs(definition)).toEqual([
    { step: "Prepare", instance: "ml.m5.large", machines: 2, spot: false },
    { step: "Tune", instance: "ml.m5.large", machines: 12, spot: true },
  ]);
});
