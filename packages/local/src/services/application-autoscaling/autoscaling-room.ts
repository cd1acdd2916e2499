import { randomUUID } from "node:crypto";
import type {
  DeleteScalingPolicyRequest,
  DeleteScheduledActionRequest,
  DeregisterScalableTargetRequest,
  DescribeScalableTargetsRequest,
  DescribeScalingActivitiesRequest,
  DescribeScalingPoliciesRequest,
  DescribeScheduledActionsRequest,
  ListTagsForResourceRequest,
  PutScalingPolicyRequest,
  PutScheduledActionRequest,
  RegisterScalableTargetRequest,
} from "@aws-sdk/client-application-auto-scaling";
import type { DescribeEndpointConfigOutput } from "@aws-sdk/client-sagemaker";
import { ServiceError, validationException } from "../../errors";
import type { Room, RoomDeps } from "../../room";
import { operation } from "../../service";
import type { ScalingAction } from "../cloudwatch/alarms/alarm-actions";
import { parseSchedule } from "../schedule/cron";
import { trackingAlarms } from "./policy-alarms";
import { dimension, type PolicyRecord, placeOf, type TargetRecord } from "./records";
import { Scaling } from "./scaling";

/** The room, and what alarms of its policies call. */
export interface AutoScalingRoom extends Room {
  readonly onAlarm: ScalingAction;
}

/** Application Auto Scaling of endpoint variants: limits, target tracking, steps, schedules. */
export function autoScalingRoom(deps: RoomDeps): AutoScalingRoom {
  const scaling = new Scaling(deps);
  const { targets, policies, actions, activities } = scaling;
  const now = () => deps.clock.now().getTime();
  const arnStart = `arn:aws:autoscaling:${deps.region}:${deps.accountId}`;

  const targetOf = (input: Place): TargetRecord => {
    checkPlace(input);
    const found = targets.get(input.ResourceId ?? "");
    if (found) return found;
    throw new ServiceError(
      "ObjectNotFoundException",
      `No scalable target found for service namespace: sagemaker, resource ID: ${input.ResourceId}, scalable dimension: ${dimension}`,
    );
  };
  const refuseBurstable = async (config: string, resource: string) => {
    const { ProductionVariants } = await deps.invoke<DescribeEndpointConfigOutput>(
      "sagemaker",
      "DescribeEndpointConfig",
      {
        EndpointConfigName: config,
      },
    );
    const variant = ProductionVariants?.find(({ VariantName }) => VariantName === placeOf(resource)?.variant);
    if (variant?.ServerlessConfig) {
      throw validationException(
        `${resource} is serverless: it has no instance count. It scales by itself up to its MaxConcurrency.`,
      );
    }
    if (/^ml\.t\d/.test(variant?.InstanceType ?? "")) {
      throw validationException(
        `Autoscaling is not supported for burstable instances: ${resource} runs on ${variant?.InstanceType}.`,
      );
    }
  };
  const alarmsOf = ({ alarms }: PolicyRecord) =>
    alarms.map((AlarmName) => ({
      AlarmName,
      AlarmARN: `arn:aws:cloudwatch:${deps.region}:${deps.accountId}:alarm:${AlarmName}`,
    }));
  const where = (resource: string) =>
    ({ ServiceNamespace: "sagemaker", ResourceId: resource, ScalableDimension: dimension }) as const;

  return {
    onAlarm: (arn, alarm) => scaling.onAlarm(arn, alarm),
    operations: {
      RegisterScalableTarget: operation<RegisterScalableTargetRequest, object>(async (input) => {
        checkPlace(input);
        const resource = input.ResourceId ?? "";
        const known = targets.get(resource);
        const min = input.MinCapacity ?? known?.min;
        const max = input.MaxCapacity ?? known?.max;
        if (min === undefined || max === undefined) {
          throw validationException("MinCapacity and MaxCapacity are required for a new scalable target.");
        }
        if (min > max)
          throw validationException(`Maximum capacity cannot be less than minimum capacity: ${max} < ${min}.`);
        const current = await scaling.capacity(resource);
        if (!current) {
          throw validationException(
            `No scalable resource found for service namespace: sagemaker, resource ID: ${resource}, scalable dimension: ${dimension}`,
          );
        }
        await refuseBurstable(current.config, resource);
        const target: TargetRecord = {
          resource,
          arn:
            known?.arn ??
            `arn:aws:application-autoscaling:${deps.region}:${deps.accountId}:scalable-target/${randomUUID().replaceAll("-", "").slice(0, 20)}`,
          min,
          max,
          ...(input.RoleARN !== undefined && { role: input.RoleARN }),
          suspended: {
            DynamicScalingInSuspended: false,
            DynamicScalingOutSuspended: false,
            ScheduledScalingSuspended: false,
            ...known?.suspended,
            ...input.SuspendedState,
          },
          tags: { ...known?.tags, ...input.Tags },
          created: known?.created ?? now(),
        };
        await targets.put(resource, target);
        await scaling.keepWithin(target, `minimum capacity was set to ${min}`);
        return { ScalableTargetARN: target.arn };
      }),
      DeregisterScalableTarget: operation<DeregisterScalableTargetRequest, object>(async (input) => {
        await scaling.deregister(targetOf(input).resource);
        return {};
      }),
      DescribeScalableTargets: operation<DescribeScalableTargetsRequest, object>((input) => {
        const found = targets
          .values()
          .filter(({ resource }) => !input.ResourceIds?.length || input.ResourceIds.includes(resource));
        const { items, next } = page(onlySageMaker(input, found), ({ resource }) => resource, input);
        return {
          ScalableTargets: items.map((target) => ({
            ...where(target.resource),
            MinCapacity: target.min,
            MaxCapacity: target.max,
            RoleARN:
              target.role ??
              `arn:aws:iam::${deps.accountId}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
            CreationTime: new Date(target.created),
            SuspendedState: target.suspended,
            ScalableTargetARN: target.arn,
          })),
          ...next,
        };
      }),
      PutScalingPolicy: operation<PutScalingPolicyRequest, object>(async (input) => {
        const { resource } = targetOf(input);
        const name = input.PolicyName ?? "";
        checkPolicy(input);
        const known = policies.values().find((each) => each.resource === resource && each.name === name);
        const arn =
          known?.arn ?? `${arnStart}:scalingPolicy:${randomUUID()}:resource/sagemaker/${resource}:policyName/${name}`;
        const tracking = input.TargetTrackingScalingPolicyConfiguration;
        const alarms = tracking ? trackingAlarms(resource, arn, tracking, randomUUID) : [];
        for (const alarm of alarms) await deps.invoke("monitoring", "PutMetricAlarm", alarm);
        const record: PolicyRecord = {
          name,
          arn,
          resource,
          request: { ...known?.request, ...input },
          alarms: alarms.map(({ AlarmName = "" }) => AlarmName),
          created: known?.created ?? now(),
          ...(known?.last && { last: known.last }),
        };
        await policies.put(arn, record);
        if (known && known.alarms.length > 0)
          await deps.invoke("monitoring", "DeleteAlarms", { AlarmNames: known.alarms });
        return { PolicyARN: arn, Alarms: alarmsOf(record) };
      }),
      DeleteScalingPolicy: operation<DeleteScalingPolicyRequest, object>(async (input) => {
        checkPlace(input);
        const found = policies
          .values()
          .find(({ name, resource }) => name === input.PolicyName && resource === input.ResourceId);
        if (!found)
          throw new ServiceError(
            "ObjectNotFoundException",
            `No scaling policy found for ${input.PolicyName} on ${input.ResourceId}`,
          );
        await scaling.deletePolicy(found);
        return {};
      }),
      DescribeScalingPolicies: operation<DescribeScalingPoliciesRequest, object>((input) => {
        const found = policies
          .values()
          .filter(({ name }) => !input.PolicyNames?.length || input.PolicyNames.includes(name))
          .filter(({ resource }) => input.ResourceId === undefined || resource === input.ResourceId);
        const { items, next } = page(onlySageMaker(input, found), ({ arn }) => arn, input);
        return {
          ScalingPolicies: items.map((policy) => ({
            ...policy.request,
            PolicyType: policy.request.PolicyType,
            PolicyARN: policy.arn,
            CreationTime: new Date(policy.created),
            Alarms: alarmsOf(policy),
          })),
          ...next,
        };
      }),
      DescribeScalingActivities: operation<DescribeScalingActivitiesRequest, object>((input) => {
        if (input.IncludeNotScaledActivities === true) {
          throw validationException(
            "IncludeNotScaledActivities is not emulated by Sagewright's embedded cloud: leave it out.",
          );
        }
        const found = activities
          .values()
          .filter(({ resource }) => input.ResourceId === undefined || resource === input.ResourceId)
          .sort((a, b) => b.start - a.start);
        const { items, next } = page(onlySageMaker(input, found), ({ id }) => id, input);
        return {
          ScalingActivities: items.map((activity) => ({
            ...where(activity.resource),
            ActivityId: activity.id,
            Description: activity.description,
            Cause: activity.cause,
            StartTime: new Date(activity.start),
            ...(activity.end !== undefined && { EndTime: new Date(activity.end) }),
            StatusCode: activity.status,
            StatusMessage: activity.message,
          })),
          ...next,
        };
      }),
      PutScheduledAction: operation<PutScheduledActionRequest, object>(async (input) => {
        const { resource } = targetOf(input);
        const name = input.ScheduledActionName ?? "";
        const known = actions.values().find((each) => each.resource === resource && each.name === name);
        const request = { ...known?.request, ...input };
        if (request.Schedule === undefined) throw validationException("Schedule is required.");
        parseSchedule(request.Schedule, request.Timezone, { at: true });
        const arn =
          known?.arn ??
          `${arnStart}:scheduledAction:${randomUUID()}:resource/sagemaker/${resource}:scheduledActionName/${name}`;
        await scaling.putAction({ name, arn, resource, request, created: now() });
        return {};
      }),
      DeleteScheduledAction: operation<DeleteScheduledActionRequest, object>(async (input) => {
        const found = actions
          .values()
          .find(({ name, resource }) => name === input.ScheduledActionName && resource === input.ResourceId);
        if (!found)
          throw new ServiceError("ObjectNotFoundException", `No scheduled action found: ${input.ScheduledActionName}`);
        await scaling.deleteAction(found);
        return {};
      }),
      DescribeScheduledActions: operation<DescribeScheduledActionsRequest, object>((input) => {
        const found = actions
          .values()
          .filter(({ name }) => !input.ScheduledActionNames?.length || input.ScheduledActionNames.includes(name))
          .filter(({ resource }) => input.ResourceId === undefined || resource === input.ResourceId);
        const { items, next } = page(onlySageMaker(input, found), ({ arn }) => arn, input);
        return {
          ScheduledActions: items.map((action) => ({
            ...action.request,
            ...(action.request.StartTime && { StartTime: new Date(action.request.StartTime) }),
            ...(action.request.EndTime && { EndTime: new Date(action.request.EndTime) }),
            ScheduledActionARN: action.arn,
            CreationTime: new Date(action.created),
          })),
          ...next,
        };
      }),
      ListTagsForResource: operation<ListTagsForResourceRequest, object>((input) => {
        const found = targets.values().find(({ arn }) => arn === input.ResourceARN);
        if (!found)
          throw new ServiceError("ResourceNotFoundException", `The resource ${input.ResourceARN} does not exist.`);
        return { Tags: found.tags };
      }),
    },
    async recover() {
      scaling.recover();
    },
    async close() {
      scaling.close();
    },
  };
}

type Place = {
  ServiceNamespace?: string | undefined;
  ResourceId?: string | undefined;
  ScalableDimension?: string | undefined;
};

function checkPlace({ ServiceNamespace, ResourceId = "", ScalableDimension }: Place): void {
  if (ServiceNamespace !== "sagemaker" || ScalableDimension !== dimension) {
    throw validationException(
      `Scaling of ${ServiceNamespace} by ${ScalableDimension} is not emulated by Sagewright's embedded cloud. It has sagemaker by ${dimension}.`,
    );
  }
  if (!placeOf(ResourceId)) {
    throw validationException(`The resource ID ${ResourceId} must be endpoint/<endpoint>/variant/<variant>.`);
  }
}

function checkPolicy(input: PutScalingPolicyRequest): void {
  const { PolicyType } = input;
  const tracking = input.TargetTrackingScalingPolicyConfiguration;
  if (PolicyType === "TargetTrackingScaling" && tracking) {
    if (!((tracking.TargetValue ?? 0) > 0)) throw validationException("TargetValue must be greater than 0.");
    return;
  }
  if (PolicyType === "StepScaling" && input.StepScalingPolicyConfiguration?.StepAdjustments?.length) return;
  throw validationException(
    `A policy of type ${PolicyType} with this configuration is not emulated by Sagewright's embedded cloud. It has TargetTrackingScaling with TargetTrackingScalingPolicyConfiguration, and StepScaling with StepAdjustments.`,
  );
}

const onlySageMaker = <T>({ ServiceNamespace }: Place, found: readonly T[]): readonly T[] =>
  ServiceNamespace === "sagemaker" ? found : [];

function page<T>(
  all: readonly T[],
  idOf: (item: T) => string,
  { MaxResults = 50, NextToken }: { MaxResults?: number | undefined; NextToken?: string | undefined },
) {
  const left = all.slice(NextToken === undefined ? 0 : all.findIndex((item) => idOf(item) === NextToken) + 1);
  const items = left.slice(0, MaxResults);
  const last = items.at(-1);
  return { items, next: last !== undefined && items.length < left.length ? { NextToken: idOf(last) } : {} };
}
