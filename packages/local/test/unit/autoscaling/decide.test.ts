import { takeStep, trackTarget } from "../../../src/services/application-autoscaling/decide";

const situation = { capacity: 2, min: 1, max: 10, value: 0, now: 1_000_000, last: undefined };
const policy = { TargetValue: 100, ScaleOutCooldown: 60, ScaleInCooldown: 300 };

describe("target tracking", () => {
  test("capacity follows the metric in proportion, within its limits", () => {
    const at = (value: number) => trackTarget(policy, { ...situation, value });
    expect([100, 101, 250, 900, 49, 10].map(at)).toEqual([undefined, 3, 5, 10, 1, 1]);
  });

  test("a scale-out waits for its cooldown unless it is larger than the last one", () => {
    const last = { at: situation.now - 30_000, change: 1 };
    expect(trackTarget(policy, { ...situation, value: 120, last })).toBeUndefined();
    expect(trackTarget(policy, { ...situation, value: 300, last })).toBe(6);
    expect(trackTarget(policy, { ...situation, value: 120, last: { ...last, at: situation.now - 60_000 } })).toBe(3);
  });

  test("a scale-in waits for both cooldowns, a scale-out does not wait for a scale-in", () => {
    const scaledIn = { at: situation.now - 100_000, change: -1 };
    expect(trackTarget(policy, { ...situation, value: 10, last: scaledIn })).toBeUndefined();
    expect(trackTarget(policy, { ...situation, value: 150, last: scaledIn })).toBe(3);
    expect(trackTarget(policy, { ...situation, value: 10, last: { at: 600_000, change: 3 } })).toBe(1);
    expect(trackTarget({ ...policy, DisableScaleIn: true }, { ...situation, value: 10 })).toBeUndefined();
  });
});

describe("step scaling", () => {
  const steps = {
    AdjustmentType: "ChangeInCapacity" as const,
    Cooldown: 60,
    StepAdjustments: [
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 20, ScalingAdjustment: 1 },
      { MetricIntervalLowerBound: 20, ScalingAdjustment: 3 },
    ],
  };

  test("the breach chooses the step", () => {
    expect([50, 60, 71].map((value) => takeStep(steps, 50, { ...situation, value }))).toEqual([3, 3, 5]);
    expect(takeStep(steps, 50, { ...situation, value: 40 })).toBeUndefined();
  });

  test("percentages are cut towards zero but change something", () => {
    const percent = (ScalingAdjustment: number, capacity: number) =>
      takeStep({ AdjustmentType: "PercentChangeInCapacity", StepAdjustments: [{ ScalingAdjustment }] }, 0, {
        ...situation,
        capacity,
        value: 1,
      });
    expect([percent(25, 4), percent(30, 5), percent(10, 2), percent(-25, 4)]).toEqual([5, 6, 3, 3]);
  });
});
