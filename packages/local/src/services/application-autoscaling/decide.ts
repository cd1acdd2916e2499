import type {
  StepScalingPolicyConfiguration,
  TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import type { PolicyRecord } from "./records";

/** What a decision is made from. */
export interface Situation {
  /** Instances now. */
  readonly capacity: number;
  readonly min: number;
  readonly max: number;
  /** The metric's newest value. */
  readonly value: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly last: PolicyRecord["last"];
}

const defaultCooldownSeconds = 300;

/**
 * The capacity that a target tracking policy asks for, in proportion to its metric; undefined while a cooldown holds it
 * (Application Auto Scaling User Guide, "Define cooldown periods"): a larger scale-out than the last one is not held, and
 * no scale-out is held by a scale-in.
 */
export function trackTarget(
  policy: TargetTrackingScalingPolicyConfiguration,
  situation: Situation,
): number | undefined {
  const { capacity, value, now, last } = situation;
  const wanted = within(Math.ceil(capacity * (value / (policy.TargetValue ?? 1)) - 1e-9), situation);
  const change = wanted - capacity;
  if (change === 0 || (change < 0 && policy.DisableScaleIn === true)) return undefined;
  const age = last === undefined ? Number.POSITIVE_INFINITY : (now - last.at) / 1000;
  if (change < 0) {
    const cooldown =
      (last?.change ?? 0) > 0
        ? Math.max(policy.ScaleOutCooldown ?? defaultCooldownSeconds, policy.ScaleInCooldown ?? defaultCooldownSeconds)
        : (policy.ScaleInCooldown ?? defaultCooldownSeconds);
    return age < cooldown ? undefined : wanted;
  }
  const held = last !== undefined && last.change > 0 && age < (policy.ScaleOutCooldown ?? defaultCooldownSeconds);
  return held && change <= last.change ? undefined : wanted;
}

/** The capacity that a step policy asks for; undefined for no step, no change, or a cooldown. */
export function takeStep(
  policy: StepScalingPolicyConfiguration,
  threshold: number,
  situation: Situation,
): number | undefined {
  const { capacity, value, now, last } = situation;
  const breach = value - threshold;
  const step = (policy.StepAdjustments ?? []).find(
    ({ MetricIntervalLowerBound: low, MetricIntervalUpperBound: high }) =>
      breach >= (low ?? Number.NEGATIVE_INFINITY) && breach < (high ?? Number.POSITIVE_INFINITY),
  );
  if (!step) return undefined;
  const wanted = within(adjusted(policy, capacity, step.ScalingAdjustment ?? 0), situation);
  const change = wanted - capacity;
  if (change === 0) return undefined;
  const held = last !== undefined && (now - last.at) / 1000 < (policy.Cooldown ?? defaultCooldownSeconds);
  // A scale-out during a scale-in's cooldown is done; of two in the same direction, the larger one.
  const stronger = change > 0 && (last?.change ?? 0) < change;
  return held && !stronger ? undefined : wanted;
}

function adjusted(
  { AdjustmentType, MinAdjustmentMagnitude = 1 }: StepScalingPolicyConfiguration,
  capacity: number,
  by: number,
): number {
  if (AdjustmentType === "ExactCapacity") return by;
  if (AdjustmentType !== "PercentChangeInCapacity") return capacity + by;
  const exact = (capacity * by) / 100;
  // Between 0 and 1 becomes 1; everything else is cut towards zero.
  const cut = Math.abs(exact) < 1 && exact !== 0 ? Math.sign(exact) : Math.trunc(exact);
  const size = Math.max(Math.abs(cut), MinAdjustmentMagnitude);
  return capacity + Math.sign(by) * size;
}

const within = (capacity: number, { min, max }: Situation): number => Math.min(Math.max(capacity, min), max);
