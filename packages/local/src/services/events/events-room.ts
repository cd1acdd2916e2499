import type {
  CreateEventBusRequest,
  DeleteEventBusRequest,
  DeleteRuleRequest,
  DescribeEventBusRequest,
  DescribeRuleRequest,
  DisableRuleRequest,
  ListEventBusesRequest,
  ListRuleNamesByTargetRequest,
  ListRulesRequest,
  ListTagsForResourceRequest,
  ListTargetsByRuleRequest,
  PutEventsRequest,
  PutEventsRequestEntry,
  PutEventsResultEntry,
  PutPermissionRequest,
  PutRuleRequest,
  PutTargetsRequest,
  RemovePermissionRequest,
  RemoveTargetsRequest,
  Rule,
  RuleState,
  TagResourceRequest,
  Target,
  TestEventPatternRequest,
  UntagResourceRequest,
} from "@aws-sdk/client-eventbridge";
import { ServiceError, validationException } from "../../errors";
import type { Room, RoomDeps } from "../../room";
import { operation } from "../../service";
import { parseSchedule } from "../schedule/cron";
import { isKnownTarget } from "../targets/invoke-target";
import { matchesPattern, parsePattern } from "./event-pattern";
import type { RuleRecord, WireEvent } from "./records";
import { defaultBus, Rules } from "./rules";

const targetMembers = [
  "Id",
  "Arn",
  "RoleArn",
  "Input",
  "InputPath",
  "InputTransformer",
  "SageMakerPipelineParameters",
  "SqsParameters",
  "DeadLetterConfig",
  "RetryPolicy",
];
const largestEntry = 1_048_576;

/** EventBridge: buses, rules on events and schedules, targets. The cloud's own events come on the default bus. */
export function eventsRoom(deps: RoomDeps): Room {
  const rules = new Rules(deps);
  const now = () => deps.clock.now().getTime();

  const putEvent = async (entry: PutEventsRequestEntry): Promise<PutEventsResultEntry> => {
    const refused = refusedEntry(entry);
    if (refused) return refused;
    const bus = rules.bus(entry.EventBusName);
    const event: WireEvent = {
      ...rules.wireEvent({
        source: entry.Source ?? "",
        detailType: entry.DetailType ?? "",
        time: entry.Time ?? new Date(now()),
        resources: entry.Resources ?? [],
        detail: {},
      }),
      detail: JSON.parse(entry.Detail ?? "{}"),
    };
    await rules.dispatch(bus.name, event);
    return { EventId: event.id };
  };
  const setState = async (input: DisableRuleRequest, state: RuleState) => {
    await rules.put({ ...rules.rule(input.EventBusName, input.Name), state });
    return {};
  };
  const tagged = (arn = "") => {
    const rule = rules.records.values().find((each) => each.arn === arn);
    const bus = rules.buses.values().find((each) => each.arn === arn);
    if (!rule && !bus) throw new ServiceError("ResourceNotFoundException", `Rule or bus ${arn} does not exist.`);
    return {
      tags: rule?.tags ?? bus?.tags ?? {},
      async keep(tags: Record<string, string>) {
        if (rule) await rules.put({ ...rule, tags });
        if (bus) await rules.buses.put(bus.name, { ...bus, tags });
        return {};
      },
    };
  };

  return {
    operations: {
      CreateEventBus: operation<CreateEventBusRequest, object>(async (input) => {
        const name = input.Name ?? "";
        if (name === defaultBus || rules.buses.has(name)) {
          throw new ServiceError("ResourceAlreadyExistsException", `Event bus ${name} already exists.`);
        }
        if (input.EventSourceName !== undefined) throw notEmulated("EventSourceName");
        const arn = `arn:aws:events:${deps.region}:${deps.accountId}:event-bus/${name}`;
        const tags = tagsOf(input.Tags);
        await rules.buses.put(name, {
          name,
          arn,
          tags,
          created: now(),
          ...(input.Description !== undefined && { description: input.Description }),
        });
        return { EventBusArn: arn };
      }),
      DescribeEventBus: operation<DescribeEventBusRequest, object>((input) => {
        const { name, arn, policy, description } = rules.bus(input.Name);
        return {
          Name: name,
          Arn: arn,
          ...(policy !== undefined && { Policy: policy }),
          ...(description !== undefined && { Description: description }),
        };
      }),
      ListEventBuses: operation<ListEventBusesRequest, object>((input) => ({
        EventBuses: [rules.bus(undefined), ...rules.buses.values().filter(({ name }) => name !== defaultBus)]
          .filter(({ name }) => name.startsWith(input.NamePrefix ?? ""))
          .map(({ name, arn }) => ({ Name: name, Arn: arn })),
      })),
      DeleteEventBus: operation<DeleteEventBusRequest, object>(async ({ Name = "" }) => {
        if (Name === defaultBus) throw validationException("Cannot delete event bus default.");
        if (rules.records.values().some(({ bus }) => bus === Name)) {
          throw validationException(`Cannot delete event bus ${Name} since it has rules.`);
        }
        await rules.buses.delete(Name);
        return {};
      }),
      PutPermission: operation<PutPermissionRequest, object>(async (input) => {
        const bus = rules.bus(input.EventBusName);
        await rules.buses.put(bus.name, { ...bus, policy: input.Policy ?? permission(input, bus.arn) });
        return {};
      }),
      RemovePermission: operation<RemovePermissionRequest, object>(async (input) => {
        const { policy: _gone, ...bus } = rules.bus(input.EventBusName);
        await rules.buses.put(bus.name, bus);
        return {};
      }),
      PutRule: operation<PutRuleRequest, object>(async (input) => {
        const bus = rules.bus(input.EventBusName);
        const name = input.Name ?? "";
        if (!/^[.\w-]{1,64}$/.test(name)) {
          throw validationException(
            `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
          );
        }
        const { EventPattern: pattern, ScheduleExpression: schedule } = input;
        if (pattern === undefined && schedule === undefined) {
          throw validationException("Parameter(s) EventPattern or ScheduleExpression must be specified.");
        }
        if (pattern !== undefined) parsePattern(pattern);
        if (schedule !== undefined) {
          if (bus.name !== defaultBus)
            throw validationException("ScheduleExpression is supported only on the default event bus.");
          parseSchedule(schedule);
        }
        const known = rules.records.get(`${bus.name}/${name}`);
        const arn = `arn:aws:events:${deps.region}:${deps.accountId}:rule/${bus.name === defaultBus ? "" : `${bus.name}/`}${name}`;
        const record: RuleRecord = {
          name,
          bus: bus.name,
          arn,
          ...(pattern !== undefined && { pattern }),
          ...(schedule !== undefined && { schedule }),
          state: input.State ?? "ENABLED",
          ...(input.Description !== undefined && { description: input.Description }),
          ...(input.RoleArn !== undefined && { role: input.RoleArn }),
          targets: known?.targets ?? [],
          tags: known?.tags ?? tagsOf(input.Tags),
          began: known?.schedule === schedule ? (known?.began ?? now()) : now(),
        };
        await rules.put(record);
        return { RuleArn: arn };
      }),
      DescribeRule: operation<DescribeRuleRequest, object>((input) => {
        const rule = rules.rule(input.EventBusName, input.Name);
        return { ...ruleView(rule), CreatedBy: deps.accountId };
      }),
      ListRules: operation<ListRulesRequest, object>((input) => {
        const bus = rules.bus(input.EventBusName).name;
        const found = rules.records
          .values()
          .filter((rule) => rule.bus === bus && rule.name.startsWith(input.NamePrefix ?? ""))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        const { items, next } = page(found, ({ name }) => name, input.Limit, input.NextToken);
        return { Rules: items.map(ruleView), ...next };
      }),
      EnableRule: operation<DisableRuleRequest, object>((input) => setState(input, "ENABLED")),
      DisableRule: operation<DisableRuleRequest, object>((input) => setState(input, "DISABLED")),
      DeleteRule: operation<DeleteRuleRequest, object>(async (input) => {
        const bus = rules.bus(input.EventBusName).name;
        const rule = rules.records.get(`${bus}/${input.Name}`);
        if (!rule) return {};
        if (rule.targets.length > 0) throw validationException("Rule can't be deleted since it has targets.");
        await rules.delete(rule);
        return {};
      }),
      PutTargets: operation<PutTargetsRequest, object>(async (input) => {
        const rule = rules.rule(input.EventBusName, input.Rule);
        const given = input.Targets ?? [];
        for (const target of given) checkTarget(target);
        const ids = given.map(({ Id }) => Id);
        const targets = [...rule.targets.filter(({ Id }) => !ids.includes(Id)), ...given];
        if (targets.length > 5) {
          throw new ServiceError(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
          );
        }
        await rules.put({ ...rule, targets });
        return { FailedEntryCount: 0, FailedEntries: [] };
      }),
      RemoveTargets: operation<RemoveTargetsRequest, object>(async (input) => {
        const rule = rules.rule(input.EventBusName, input.Rule);
        const gone = input.Ids ?? [];
        await rules.put({ ...rule, targets: rule.targets.filter(({ Id }) => !gone.includes(Id ?? "")) });
        return { FailedEntryCount: 0, FailedEntries: [] };
      }),
      ListTargetsByRule: operation<ListTargetsByRuleRequest, object>((input) => {
        const { targets } = rules.rule(input.EventBusName, input.Rule);
        const { items, next } = page(targets, ({ Id = "" }) => Id, input.Limit, input.NextToken);
        return { Targets: items, ...next };
      }),
      ListRuleNamesByTarget: operation<ListRuleNamesByTargetRequest, object>((input) => {
        const bus = rules.bus(input.EventBusName).name;
        const found = rules.records
          .values()
          .filter((rule) => rule.bus === bus && rule.targets.some(({ Arn }) => Arn === input.TargetArn));
        return { RuleNames: found.map(({ name }) => name) };
      }),
      PutEvents: operation<PutEventsRequest, object>(async (input) => {
        const entries = input.Entries ?? [];
        if (entries.length < 1 || entries.length > 10) {
          throw validationException(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10",
          );
        }
        const Entries: PutEventsResultEntry[] = [];
        for (const entry of entries) Entries.push(await putEvent(entry));
        return { FailedEntryCount: Entries.filter(({ ErrorCode }) => ErrorCode !== undefined).length, Entries };
      }),
      TestEventPattern: operation<TestEventPatternRequest, object>((input) => {
        const pattern = parsePattern(input.EventPattern ?? "");
        let event: Record<string, unknown>;
        try {
          event = JSON.parse(input.Event ?? "");
        } catch {
          throw validationException("Parameter Event is not valid. Reason: it is no JSON.");
        }
        const missing = ["id", "account", "source", "time", "region", "resources", "detail-type"].filter(
          (key) => !(key in event),
        );
        if (missing.length > 0)
          throw validationException(`Parameter Event is not valid. It must have ${missing.join(", ")}.`);
        return { Result: matchesPattern(pattern, event) };
      }),
      ListTagsForResource: operation<ListTagsForResourceRequest, object>((input) => ({
        Tags: Object.entries(tagged(input.ResourceARN).tags).map(([Key, Value]) => ({ Key, Value })),
      })),
      TagResource: operation<TagResourceRequest, object>((input) => {
        const { tags, keep } = tagged(input.ResourceARN);
        return keep({ ...tags, ...tagsOf(input.Tags) });
      }),
      UntagResource: operation<UntagResourceRequest, object>((input) => {
        const { tags, keep } = tagged(input.ResourceARN);
        return keep(Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys?.includes(key))));
      }),
    },
    async recover() {
      rules.recover();
    },
    async close() {
      rules.close();
    },
  };
}

function refusedEntry(entry: PutEventsRequestEntry): PutEventsResultEntry | undefined {
  for (const name of ["Source", "DetailType", "Detail"] as const) {
    if (!entry[name]) {
      return {
        ErrorCode: "InvalidArgument",
        ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      };
    }
  }
  if (entry.Source?.startsWith("aws.")) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  }
  let detail: unknown;
  try {
    detail = JSON.parse(entry.Detail ?? "");
  } catch {
    detail = undefined;
  }
  if (typeof detail !== "object" || detail === null || Array.isArray(detail)) {
    return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  }
  if (Buffer.byteLength(entry.Detail ?? "") > largestEntry) {
    throw validationException("Total size of the entries in the request is over the limit.");
  }
  return undefined;
}

function checkTarget(target: Target): void {
  const arn = target.Arn ?? "";
  if (!/^[.\w-]{1,64}$/.test(target.Id ?? "")) throw validationException(`Parameter Id is not valid: ${target.Id}`);
  if (!isKnownTarget(arn)) {
    throw validationException(
      `Parameter ${arn} is not emulated as a target by Sagewright's embedded cloud. Reason: it has SageMaker pipelines, Lambda functions, SNS topics, SQS queues, log groups and event buses.`,
    );
  }
  const stranger = Object.keys(target).find((name) => !targetMembers.includes(name));
  if (stranger !== undefined) throw notEmulated(`${stranger} of a target`);
  const ways = [target.Input, target.InputPath, target.InputTransformer].filter((each) => each !== undefined);
  if (ways.length > 1) {
    throw validationException(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${target.Id}.`,
    );
  }
}

function permission({ StatementId, Action, Principal }: PutPermissionRequest, Resource: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Sid: StatementId, Effect: "Allow", Principal: Principal === "*" ? "*" : { AWS: Principal }, Action, Resource },
    ],
  });
}

function ruleView(rule: RuleRecord): Rule {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventBusName: rule.bus,
    State: rule.state,
    ...(rule.pattern !== undefined && { EventPattern: rule.pattern }),
    ...(rule.schedule !== undefined && { ScheduleExpression: rule.schedule }),
    ...(rule.description !== undefined && { Description: rule.description }),
    ...(rule.role !== undefined && { RoleArn: rule.role }),
  };
}

function page<T>(all: readonly T[], idOf: (item: T) => string, limit = 100, token: string | undefined) {
  const left = all.slice(token === undefined ? 0 : all.findIndex((item) => idOf(item) === token) + 1);
  const items = left.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last !== undefined && items.length < left.length ? { NextToken: idOf(last) } : {} };
}

const tagsOf = (
  tags: readonly { Key: string | undefined; Value: string | undefined }[] | undefined,
): Record<string, string> => Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value ?? ""]));

const notEmulated = (what: string): ServiceError =>
  validationException(`${what} is not emulated by Sagewright's embedded cloud: leave it out.`);
