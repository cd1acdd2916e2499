import { randomUUID } from "node:crypto";
import type {
  DescribeAlarmsOutput,
  GetMetricDataOutput,
  MetricAlarm,
  PutMetricAlarmInput,
} from "@aws-sdk/client-cloudwatch";
import type { DescribeEndpointOutput } from "@aws-sdk/client-sagemaker";
import type { CloudEvent } from "../../event-bus";
import type { RoomDeps } from "../../room";
import type { Collection } from "../../state/store";
import { alarmQueries } from "../cloudwatch/alarms/alarm-window";
import { inBackground } from "../sagemaker/background/in-background";
import { AlarmClock } from "../schedule/alarm-clock";
import { parseSchedule } from "../schedule/cron";
import { type Situation, takeStep, trackTarget } from "./decide";
import { type ActivityRecord, type PolicyRecord, placeOf, type ScheduledRecord, type TargetRecord } from "./records";

const lookBackMs = 15 * 60_000;

/** Scalable targets, what they are told to do, and what they did. */
export class Scaling {
  readonly targets: Collection<TargetRecord>;
  readonly policies: Collection<PolicyRecord>;
  readonly actions: Collection<ScheduledRecord>;
  readonly activities: Collection<ActivityRecord>;
  readonly #clock: AlarmClock;
  readonly #leave: () => void;

  constructor(private readonly deps: RoomDeps) {
    this.targets = deps.store.collection("scalable-targets");
    this.policies = deps.store.collection("scaling-policies");
    this.actions = deps.store.collection("scaling-schedules");
    this.activities = deps.store.collection("scaling-activities");
    this.#clock = new AlarmClock(deps.clock, (key) => this.#fallDue(key));
    this.#leave = deps.bus.subscribe((event) => this.#hear(event));
  }

  recover(): void {
    for (const action of this.actions.values()) this.#set(action);
  }

  close(): void {
    this.#leave();
    this.#clock.close();
  }

  /** Instances of a target, and whether they can be changed now; undefined when there is no such variant. */
  async capacity(resource: string): Promise<{ count: number; free: boolean; config: string } | undefined> {
    const place = placeOf(resource);
    if (!place) return undefined;
    const found = await this.deps
      .invoke<DescribeEndpointOutput>("sagemaker", "DescribeEndpoint", { EndpointName: place.endpoint })
      .catch(() => undefined);
    const variant = found?.ProductionVariants?.find(({ VariantName }) => VariantName === place.variant);
    if (!found || !variant) return undefined;
    return {
      count: variant.DesiredInstanceCount ?? variant.CurrentInstanceCount ?? 0,
      free: found.EndpointStatus === "InService",
      config: found.EndpointConfigName ?? "",
    };
  }

  /** What an alarm of a policy sets off. */
  async onAlarm(policyArn: string, alarmName: string): Promise<void> {
    const policy = this.policies.values().find(({ arn }) => arn === policyArn);
    const target = policy && this.targets.get(policy.resource);
    if (!policy || !target) throw new Error(`There is no scaling policy ${policyArn}.`);
    const alarm = await this.#alarm(alarmName);
    const now = await this.capacity(policy.resource);
    const value = alarm && (await this.#newest(alarm));
    // A deployment under way keeps its instances; the alarm comes again.
    if (!alarm || !now?.free || value === undefined) return;
    const situation: Situation = {
      capacity: now.count,
      min: target.min,
      max: target.max,
      value,
      now: this.#now(),
      last: policy.last,
    };
    const { TargetTrackingScalingPolicyConfiguration: tracking, StepScalingPolicyConfiguration: steps } =
      policy.request;
    const wanted = tracking
      ? trackTarget(tracking, situation)
      : steps && takeStep(steps, alarm.Threshold ?? 0, situation);
    if (wanted === undefined) return;
    const change = wanted - now.count;
    if (change > 0 ? target.suspended.DynamicScalingOutSuspended : target.suspended.DynamicScalingInSuspended) return;
    await this.policies.put(policy.arn, { ...policy, last: { at: situation.now, change } });
    await this.change(
      policy.resource,
      wanted,
      `monitor alarm ${alarmName} in state ALARM triggered policy ${policy.name}`,
    );
  }

  /** Brings a target's count within its limits. */
  async keepWithin(target: TargetRecord, cause: string): Promise<void> {
    const now = await this.capacity(target.resource);
    if (!now?.free) return;
    const wanted = Math.min(Math.max(now.count, target.min), target.max);
    if (wanted !== now.count) await this.change(target.resource, wanted, cause);
  }

  /** Changes the number of instances; the activity says how it went. */
  async change(resource: string, capacity: number, cause: string): Promise<void> {
    const place = placeOf(resource);
    const activity: ActivityRecord = {
      id: randomUUID(),
      resource,
      description: `Setting desired instance count to ${capacity}.`,
      cause,
      start: this.#now(),
      status: "InProgress",
      message: `Successfully set desired instance count to ${capacity}. Waiting for change to be fulfilled by sagemaker.`,
      capacity,
    };
    await this.activities.put(activity.id, activity);
    try {
      await this.deps.invoke("sagemaker", "UpdateEndpointWeightsAndCapacities", {
        EndpointName: place?.endpoint,
        DesiredWeightsAndCapacities: [{ VariantName: place?.variant, DesiredInstanceCount: capacity }],
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await this.activities.put(activity.id, {
        ...activity,
        status: "Failed",
        end: this.#now(),
        message: `Failed to set desired instance count to ${capacity}. Reason: ${reason}`,
      });
    }
  }

  async putAction(action: ScheduledRecord): Promise<void> {
    const { next: _former, ...rest } = action;
    const { Schedule = "", Timezone, StartTime, EndTime } = action.request;
    // Strictly later than now: an action that has just been done is not due again.
    const after = Math.max(this.#now(), (StartTime ? new Date(StartTime).getTime() : 0) - 1);
    const next = parseSchedule(Schedule, Timezone, { at: true }).next(after, action.created);
    const over = next === undefined || (EndTime !== undefined && next > new Date(EndTime).getTime());
    const record = { ...rest, ...(!over && { next }) };
    await this.actions.put(action.arn, record);
    this.#set(record);
  }

  async deleteAction(action: ScheduledRecord): Promise<void> {
    this.#clock.cancel(action.arn);
    await this.actions.delete(action.arn);
  }

  /** Deletes a policy and the alarms it made. */
  async deletePolicy(policy: PolicyRecord): Promise<void> {
    await this.policies.delete(policy.arn);
    if (policy.alarms.length > 0) {
      await this.deps.invoke("monitoring", "DeleteAlarms", { AlarmNames: policy.alarms }).catch(() => undefined);
    }
  }

  /** Takes a target away with all that hangs on it. */
  async deregister(resource: string): Promise<void> {
    const own = <T extends { resource: string }>(records: Collection<T>) =>
      records.values().filter((record) => record.resource === resource);
    await this.targets.delete(resource);
    await Promise.all([
      ...own(this.policies).map((policy) => this.deletePolicy(policy)),
      ...own(this.actions).map((action) => this.deleteAction(action)),
    ]);
  }

  #set(action: ScheduledRecord): void {
    if (action.next === undefined) this.#clock.cancel(action.arn);
    else this.#clock.set(action.arn, action.next);
  }

  async #fallDue(arn: string): Promise<void> {
    const action = this.actions.get(arn);
    const target = action && this.targets.get(action.resource);
    if (!action || !target) return;
    if (!target.suspended.ScheduledScalingSuspended) {
      const { MinCapacity, MaxCapacity } = action.request.ScalableTargetAction ?? {};
      const changed = { ...target, min: MinCapacity ?? target.min, max: MaxCapacity ?? target.max };
      await this.targets.put(target.resource, changed);
      await this.keepWithin(changed, `scheduled action name ${action.name} was triggered`);
    }
    const oneTime = action.request.Schedule?.startsWith("at(");
    if (oneTime) await this.deleteAction(action);
    else await this.putAction({ ...action, created: action.next ?? action.created });
  }

  /** An endpoint that is settled again has fulfilled what was asked of it; one that goes takes its targets along. */
  #hear({ source, detail, resources }: CloudEvent): void {
    if (source !== "aws.sagemaker" || detail.EndpointStatus === undefined) return;
    const endpoint = resources[0]?.split("/").at(-1);
    const concerns = ({ resource }: { resource: string }) => resource.startsWith(`endpoint/${endpoint}/`);
    if (detail.EndpointStatus === "DELETING") {
      for (const target of this.targets.values().filter(concerns)) inBackground(this.deregister(target.resource));
    }
    if (detail.EndpointStatus !== "IN_SERVICE") return;
    for (const activity of this.activities.values().filter(concerns)) {
      if (activity.status !== "InProgress") continue;
      const message = `Successfully set desired instance count to ${activity.capacity}. Change successfully fulfilled by sagemaker.`;
      inBackground(this.activities.put(activity.id, { ...activity, status: "Successful", end: this.#now(), message }));
    }
  }

  async #alarm(name: string): Promise<MetricAlarm | undefined> {
    const { MetricAlarms } = await this.deps.invoke<DescribeAlarmsOutput>("monitoring", "DescribeAlarms", {
      AlarmNames: [name],
    });
    return MetricAlarms?.[0];
  }

  async #newest(alarm: MetricAlarm): Promise<number | undefined> {
    const now = this.#now();
    const { MetricDataResults } = await this.deps.invoke<GetMetricDataOutput>("monitoring", "GetMetricData", {
      MetricDataQueries: alarmQueries(alarm as PutMetricAlarmInput),
      StartTime: new Date(now - lookBackMs),
      // The running minute is not complete.
      EndTime: new Date(Math.floor(now / 60_000) * 60_000),
    });
    return MetricDataResults?.[0]?.Values?.[0];
  }

  #now(): number {
    return this.deps.clock.now().getTime();
  }
}
