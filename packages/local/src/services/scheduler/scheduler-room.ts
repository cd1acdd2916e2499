import type {
  CreateScheduleGroupInput,
  CreateScheduleInput,
  DeleteScheduleGroupInput,
  DeleteScheduleInput,
  GetScheduleGroupInput,
  GetScheduleInput,
  ListScheduleGroupsInput,
  ListSchedulesInput,
  ListTagsForResourceInput,
  TagResourceInput,
  Target,
  UntagResourceInput,
  UpdateScheduleInput,
} from "@aws-sdk/client-scheduler";
import { ServiceError, validationException } from "../../errors";
import type { Room, RoomDeps } from "../../room";
import { operation } from "../../service";
import { parseSchedule } from "../schedule/cron";
import { checkZone } from "../schedule/time-zone";
import { isKnownTarget, universalTarget } from "../targets/invoke-target";
import { type GroupRecord, type ScheduleRecord, scheduleKey } from "./schedule-record";
import { Schedules } from "./schedules";

const targetMembers = [
  "Arn",
  "RoleArn",
  "Input",
  "RetryPolicy",
  "DeadLetterConfig",
  "SageMakerPipelineParameters",
  "SqsParameters",
  "EventBridgeParameters",
];
const defaultGroup = "default";

/** EventBridge Scheduler: schedules with time zones and windows, groups, templated and universal targets. */
export function schedulerRoom(deps: RoomDeps): Room {
  const schedules = new Schedules(deps);
  const groups = deps.store.collection<GroupRecord>("schedule-groups");
  const now = () => deps.clock.now().getTime();
  const arnOf = (kind: string, tail: string) => `arn:aws:scheduler:${deps.region}:${deps.accountId}:${kind}/${tail}`;

  const groupOf = (name = defaultGroup): GroupRecord => {
    const found = groups.get(name);
    if (found) return found;
    if (name === defaultGroup) {
      return { name, arn: arnOf("schedule-group", name), created: 0, modified: 0, tags: {} };
    }
    throw new ServiceError("ResourceNotFoundException", `Schedule group ${name} does not exist.`);
  };
  const scheduleOf = (group: string | undefined, name = ""): ScheduleRecord => {
    const found = schedules.records.get(scheduleKey(group ?? defaultGroup, name));
    if (found) return found;
    throw new ServiceError("ResourceNotFoundException", `Schedule ${name} does not exist.`);
  };
  const recordOf = (input: CreateScheduleInput, known?: ScheduleRecord): ScheduleRecord => {
    const group = groupOf(input.GroupName).name;
    const name = input.Name ?? "";
    if (!/^[\w.-]{1,64}$/.test(name))
      throw validationException(`The name ${name} must be 1 to 64 letters, digits, -, _ and .`);
    const zone = input.ScheduleExpressionTimezone;
    if (zone !== undefined) checkZone(zone);
    parseSchedule(input.ScheduleExpression ?? "", zone, { at: true });
    checkWindow(input.FlexibleTimeWindow);
    checkTarget(input.Target);
    const { StartDate, EndDate } = input;
    if (StartDate && EndDate && StartDate >= EndDate)
      throw validationException("The EndDate must be after the StartDate.");
    return {
      name,
      group,
      arn: arnOf("schedule", `${group}/${name}`),
      expression: input.ScheduleExpression ?? "",
      ...(zone !== undefined && { zone }),
      ...(StartDate && { start: StartDate.getTime() }),
      ...(EndDate && { end: EndDate.getTime() }),
      state: input.State ?? "ENABLED",
      ...(input.Description !== undefined && { description: input.Description }),
      window: input.FlexibleTimeWindow as ScheduleRecord["window"],
      target: input.Target as Target,
      ...(input.ActionAfterCompletion !== undefined && { afterCompletion: input.ActionAfterCompletion }),
      ...(input.KmsKeyArn !== undefined && { kmsKeyArn: input.KmsKeyArn }),
      created: known?.created ?? now(),
      modified: now(),
      ...(input.ClientToken !== undefined && { token: input.ClientToken }),
    };
  };

  return {
    operations: {
      CreateSchedule: operation<CreateScheduleInput, object>(async (input) => {
        const record = recordOf(input);
        const known = schedules.records.get(scheduleKey(record.group, record.name));
        if (known && (record.token === undefined || known.token !== record.token)) {
          throw new ServiceError("ConflictException", `Schedule ${record.name} already exists.`);
        }
        // A rate begins with its first call, at the very moment of its making.
        if (!known) await schedules.put(record, record.created - 1);
        return { ScheduleArn: record.arn };
      }),
      UpdateSchedule: operation<UpdateScheduleInput, object>(async (input) => {
        const known = scheduleOf(input.GroupName, input.Name);
        const record = await schedules.put(recordOf(input, known));
        return { ScheduleArn: record.arn };
      }),
      GetSchedule: operation<GetScheduleInput, object>((input) =>
        scheduleView(scheduleOf(input.GroupName, input.Name)),
      ),
      DeleteSchedule: operation<DeleteScheduleInput, object>(async (input) => {
        await schedules.delete(scheduleOf(input.GroupName, input.Name));
        return {};
      }),
      ListSchedules: operation<ListSchedulesInput, object>((input) => {
        const found = schedules.records
          .values()
          .filter(
            ({ name, group, state }) =>
              (input.GroupName === undefined || group === input.GroupName) &&
              name.startsWith(input.NamePrefix ?? "") &&
              (input.State === undefined || state === input.State),
          );
        const { items, next } = page(found, ({ group, name }) => scheduleKey(group, name), input);
        return {
          Schedules: items.map((record) => ({
            Arn: record.arn,
            Name: record.name,
            GroupName: record.group,
            State: record.state,
            CreationDate: new Date(record.created),
            LastModificationDate: new Date(record.modified),
            Target: { Arn: record.target.Arn },
          })),
          ...next,
        };
      }),
      CreateScheduleGroup: operation<CreateScheduleGroupInput, object>(async ({ Name: name = "", Tags }) => {
        if (name === defaultGroup || groups.has(name)) {
          throw new ServiceError("ConflictException", `Schedule group ${name} already exists.`);
        }
        const arn = arnOf("schedule-group", name);
        await groups.put(name, { name, arn, created: now(), modified: now(), tags: tagsOf(Tags) });
        return { ScheduleGroupArn: arn };
      }),
      GetScheduleGroup: operation<GetScheduleGroupInput, object>((input) => groupView(groupOf(input.Name))),
      ListScheduleGroups: operation<ListScheduleGroupsInput, object>((input) => {
        const all = [groupOf(), ...groups.values()].filter(({ name }) => name.startsWith(input.NamePrefix ?? ""));
        const { items, next } = page(all, ({ name }) => name, input);
        return { ScheduleGroups: items.map(groupView), ...next };
      }),
      DeleteScheduleGroup: operation<DeleteScheduleGroupInput, object>(async (input) => {
        if (input.Name === defaultGroup) throw validationException("The default schedule group cannot be deleted.");
        const { name } = groupOf(input.Name);
        const own = schedules.records.values().filter(({ group }) => group === name);
        await Promise.all(own.map((schedule) => schedules.delete(schedule)));
        await groups.delete(name);
        return {};
      }),
      ListTagsForResource: operation<ListTagsForResourceInput, object>((input) => {
        const { tags } = groupOf(input.ResourceArn?.split("/").at(-1));
        return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
      }),
      TagResource: operation<TagResourceInput, object>(async (input) => {
        const group = groupOf(input.ResourceArn?.split("/").at(-1));
        await groups.put(group.name, { ...group, tags: { ...group.tags, ...tagsOf(input.Tags) } });
        return {};
      }),
      UntagResource: operation<UntagResourceInput, object>(async (input) => {
        const group = groupOf(input.ResourceArn?.split("/").at(-1));
        const tags = Object.fromEntries(Object.entries(group.tags).filter(([key]) => !input.TagKeys?.includes(key)));
        await groups.put(group.name, { ...group, tags });
        return {};
      }),
    },
    async recover() {
      schedules.recover();
    },
    async close() {
      schedules.close();
    },
  };
}

function checkWindow(window: CreateScheduleInput["FlexibleTimeWindow"]): void {
  const minutes = window?.MaximumWindowInMinutes;
  if (window?.Mode === "OFF" && minutes === undefined) return;
  if (window?.Mode === "FLEXIBLE" && minutes !== undefined && minutes >= 1 && minutes <= 1440) return;
  throw validationException(
    `FlexibleTimeWindow must be OFF without a window, or FLEXIBLE with MaximumWindowInMinutes between 1 and 1440, not ${JSON.stringify(window)}.`,
  );
}

function checkTarget(target: Target | undefined): void {
  const arn = target?.Arn ?? "";
  if (!isKnownTarget(arn) && !universalTarget(arn)) {
    throw validationException(
      `The target ${arn} is not emulated by Sagewright's embedded cloud. It has SageMaker pipelines, Lambda functions, SNS topics, SQS queues, event buses, and universal targets of the services it has.`,
    );
  }
  const stranger = Object.keys(target ?? {}).find((name) => !targetMembers.includes(name));
  if (stranger !== undefined) {
    throw validationException(`${stranger} of a target is not emulated by Sagewright's embedded cloud: leave it out.`);
  }
  if (!target?.RoleArn) throw validationException("Target.RoleArn is required.");
  if (universalTarget(arn)) {
    try {
      JSON.parse(target.Input ?? "");
    } catch {
      throw validationException(`The Input of the universal target ${arn} must be JSON: the request's members.`);
    }
  }
}

function scheduleView(record: ScheduleRecord): object {
  return {
    Arn: record.arn,
    GroupName: record.group,
    Name: record.name,
    ScheduleExpression: record.expression,
    ScheduleExpressionTimezone: record.zone ?? "UTC",
    ...(record.start !== undefined && { StartDate: new Date(record.start) }),
    ...(record.end !== undefined && { EndDate: new Date(record.end) }),
    ...(record.description !== undefined && { Description: record.description }),
    State: record.state,
    ActionAfterCompletion: record.afterCompletion ?? "NONE",
    ...(record.kmsKeyArn !== undefined && { KmsKeyArn: record.kmsKeyArn }),
    FlexibleTimeWindow: record.window,
    Target: {
      ...record.target,
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185, ...record.target.RetryPolicy },
    },
    CreationDate: new Date(record.created),
    LastModificationDate: new Date(record.modified),
  };
}

const groupView = ({ name, arn, created, modified }: GroupRecord): object => ({
  Name: name,
  Arn: arn,
  State: "ACTIVE",
  CreationDate: new Date(created),
  LastModificationDate: new Date(modified),
});

function page<T>(
  all: readonly T[],
  idOf: (item: T) => string,
  { MaxResults = 100, NextToken }: { MaxResults?: number | undefined; NextToken?: string | undefined },
) {
  const left = [...all]
    .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
    .filter((item) => NextToken === undefined || idOf(item) > NextToken);
  const items = left.slice(0, MaxResults);
  const last = items.at(-1);
  return { items, next: last !== undefined && items.length < left.length ? { NextToken: idOf(last) } : {} };
}

const tagsOf = (
  tags: readonly { Key: string | undefined; Value: string | undefined }[] | undefined,
): Record<string, string> => Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
