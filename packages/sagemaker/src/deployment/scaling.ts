import type {
  PutScalingPolicyRequest,
  RegisterScalableTargetRequest,
  ScalableTarget,
  ScalingPolicy,
} from "@aws-sdk/client-application-auto-scaling";
import { OperationError } from "../errors";
import { type Difference, differences } from "./difference";
import type { EndpointServing } from "./guard-alarms";

/** Target tracking of a variant's instances, as an environment has it. */
export type Autoscaling = NonNullable<EndpointServing["autoscaling"]>;

/** What Application Auto Scaling changes of a variant. */
export const SCALABLE_DIMENSION = "sagemaker:variant:DesiredInstanceCount";

/** Name of the one scaling policy of a variant. */
export const SCALING_POLICY_NAME = "sagewright-invocations-per-instance";

/** Name under which Application Auto Scaling knows a variant. */
export function scalableResource(endpoint: string, variant: string): string {
  return `endpoint/${endpoint}/variant/${variant}`;
}

/** Whether instances of a type can be added and removed by load: burstable ones (t2, t3) cannot. */
export function canAutoscale(instanceType: string): boolean {
  return !/^ml\.t\d\w*\./.test(instanceType);
}

/** @throws OperationError `instance_cannot_scale` */
export function requireScalable(instanceType: string): void {
  if (canAutoscale(instanceType)) return;
  throw new OperationError(
    "instance_cannot_scale",
    `serving.instanceType: '${instanceType}' is burstable, and burstable instances cannot autoscale. Use ml.m5.large or ml.c5.large, or remove serving.autoscaling.`,
    { facts: { instanceType } },
  );
}

/** The request that lets a variant's number of instances be changed by load. */
export function scalableTarget(
  endpoint: string,
  variant: string,
  { minimum, maximum }: Autoscaling,
): RegisterScalableTargetRequest {
  return { ...place(endpoint, variant), MinCapacity: minimum, MaxCapacity: maximum };
}

/** The request that says by which load: invocations a minute for each instance. */
export function scalingPolicy(endpoint: string, variant: string, scaling: Autoscaling): PutScalingPolicyRequest {
  return {
    ...place(endpoint, variant),
    PolicyName: SCALING_POLICY_NAME,
    PolicyType: "TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: scaling.targetInvocationsPerInstance,
      PredefinedMetricSpecification: { PredefinedMetricType: "SageMakerVariantInvocationsPerInstance" },
      ScaleInCooldown: scaling.scaleInCooldownSeconds,
      ScaleOutCooldown: scaling.scaleOutCooldownSeconds,
    },
  };
}

/** Who is meant, in every request about a variant. */
export function place(endpoint: string, variant: string) {
  return {
    ServiceNamespace: "sagemaker",
    ResourceId: scalableResource(endpoint, variant),
    ScalableDimension: SCALABLE_DIMENSION,
  } as const;
}

/** Where a registered target differs from what it should be. */
export function targetDifferences(found: ScalableTarget, wanted: RegisterScalableTargetRequest): Difference[] {
  return differences(
    { MinCapacity: found.MinCapacity, MaxCapacity: found.MaxCapacity },
    { MinCapacity: wanted.MinCapacity, MaxCapacity: wanted.MaxCapacity },
  );
}

/** Where a policy differs from what it should be. */
export function policyDifferences(found: ScalingPolicy, wanted: PutScalingPolicyRequest): Difference[] {
  return differences(policyFacts(found), policyFacts(wanted));
}

function policyFacts({ TargetTrackingScalingPolicyConfiguration: found }: ScalingPolicy | PutScalingPolicyRequest) {
  return {
    TargetValue: found?.TargetValue,
    Metric: found?.PredefinedMetricSpecification?.PredefinedMetricType,
    ScaleInCooldown: found?.ScaleInCooldown,
    ScaleOutCooldown: found?.ScaleOutCooldown,
  };
}
