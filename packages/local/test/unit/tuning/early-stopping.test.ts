import fc from "fast-check";
import { hopelessTrials, isHopeless, reportsOf } from "../../../src/services/sagemaker/tuning/early-stopping";
import type { Trial, TuningJob } from "../../../src/services/sagemaker/tuning/tuning-job";
import { tuningRequest } from "./fake-training";

describe("early stopping", () => {
  it("reads the reports of the objective from a log", () => {
    const log = ["epoch 1", "validation:auc=0.71", "validation:auc=", "loss=3", "validation:auc=0.75;"];
    expect(reportsOf(log, "validation:auc=([0-9.]+)")).toEqual([0.71, 0.75]);
    expect(reportsOf(log, "(")).toEqual([]);
  });

  it("stops a trial whose best is worse than the median of the others' running averages", () => {
    const others = [
      [0.6, 0.8, 0.9],
      [0.5, 0.7, 0.9],
      [0.7, 0.9, 0.9],
    ];
    expect(isHopeless([0.5, 0.69], others, "Maximize")).toBe(true);
    expect(isHopeless([0.5, 0.71], others, "Maximize")).toBe(false);
    expect(isHopeless([0.5, 0.69], others, "Minimize")).toBe(false);
    expect(isHopeless([0.75, 0.71], others, "Minimize")).toBe(true);
  });

  it("waits until there is something to compare: two reports, three others that got as far", () => {
    const long = [0.9, 0.9, 0.9];
    expect(isHopeless([0.1], [long, long, long], "Maximize")).toBe(false);
    expect(isHopeless([0.1, 0.1], [long, long], "Maximize")).toBe(false);
    expect(isHopeless([0.1, 0.1, 0.1], [long, long, [0.9]], "Maximize")).toBe(false);
  });

  it("never stops a trial that is better than every other at every report", () => {
    const curve = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(curve, { minLength: 3, maxLength: 5 }), (others) => {
        const best = Array.from({ length: 3 }, (_, at) => Math.max(...others.map((one) => one[at] ?? 0)));
        return !isHopeless(best, others, "Maximize");
      }),
    );
  });

  it("compares running trials with completed ones", async () => {
    const trial = (index: number, status: Trial["status"]): Trial => ({
      index,
      name: `t-${index}`,
      arn: "arn",
      definition: 0,
      parameters: {},
      status,
      objectiveStatus: "Pending",
      creationTime: 0,
    });
    const job: TuningJob = {
      name: "t",
      arn: "arn",
      request: tuningRequest("t"),
      seed: 1,
      status: "InProgress",
      trials: [
        trial(1, "Completed"),
        trial(2, "Completed"),
        trial(3, "Completed"),
        trial(4, "InProgress"),
        trial(5, "InProgress"),
      ],
      creationTime: 0,
      lastModifiedTime: 0,
    };
    const value: Record<string, string> = { "t-4": "0.1", "t-5": "0.95" };
    const log = async (name: string) => Array(3).fill(`validation:auc=${value[name] ?? "0.9"}`);
    expect((await hopelessTrials(job, log)).map(({ name }) => name)).toEqual(["t-4"]);
  });
});
