import { boolean, category, defineContract, number } from "@sagewright/contract";
import { readBaseline } from "../../src";

/** A small product: one number, one category, one flag, and one number that never changed. */
export const contract = defineContract({
  name: "small",
  id: ["customer"],
  target: { column: "churn", positive: "yes", negative: "no" },
  columns: {
    minutes: number({ minimum: 0, maximum: 1_000, unit: "minutes" }),
    plan: category(["basic", "gold"], { unknown: "ignore" }),
    active: boolean({ true: "yes", false: "no" }),
    version: number(),
  },
});

/** Its baseline.json. */
export const document = {
  format: 2,
  contract: { name: "small", sha256: "0" },
  rows: 1_000,
  columns: {
    active: { type: "boolean", missing: 0, counts: { "0": 300, "1": 700 } },
    minutes: {
      type: "number",
      missing: 0,
      edges: [0, 100, 200, 300, 400],
      counts: [250, 250, 250, 250],
      mean: 200,
      std: 115,
      minimum: 0,
      maximum: 400,
    },
    plan: { type: "category", missing: 0, categories: ["basic", "gold"], counts: { basic: 910, gold: 90 }, other: 0 },
    version: { type: "integer", missing: 0, edges: [3, 3], counts: [1_000], mean: 3, std: 0, minimum: 3, maximum: 3 },
  },
  score: {
    split: "test",
    rows: 400,
    edges: [0, 0.25, 0.5, 0.75, 1],
    counts: [160, 120, 80, 40],
    positives: [16, 48, 48, 36],
    mean: 0.35,
    std: 0.2,
    minimum: 0,
    maximum: 1,
  },
  target: { split: "test", rows: 400, mean: 0.37 },
  segments: [
    {
      column: "plan",
      value: "gold",
      rows: 90,
      counts: { active: [30, 60, 0, 0], minutes: [20, 20, 25, 25, 0], plan: [0, 90, 0, 0], version: [90, 0] },
    },
    {
      column: "plan",
      value: "basic",
      rows: 910,
      counts: { active: [270, 640, 0, 0], minutes: [230, 230, 225, 225, 0], plan: [910, 0, 0, 0], version: [910, 0] },
    },
  ],
};

export const baseline = readBaseline(JSON.stringify(document));

/** A row as training had them: `at` from 0 chooses it. */
export function trained(at: number): { minutes: number; plan: string; active: number; version: number } {
  return {
    minutes: (at * 37) % 400,
    plan: (at * 7) % 100 < 9 ? "gold" : "basic",
    active: Number((at * 3) % 10 < 7),
    version: 3,
  };
}
