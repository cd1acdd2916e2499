import { createHash } from "node:crypto";
import type { Target } from "@aws-sdk/client-scheduler";
import { ServiceError } from "../../errors";
import type { RoomDeps } from "../../room";
import type { Collection } from "../../state/store";
import { Outbox } from "../delivery/outbox";
import { AlarmClock } from "../schedule/alarm-clock";
import { parseSchedule } from "../schedule/cron";
import { backoffMs, invokeTarget, mayRetry, universalTarget } from "../targets/invoke-target";
import { type ScheduleRecord, scheduleKey } from "./schedule-record";

/** A call on its way. */
interface ScheduledCall {
  readonly arn: string;
  readonly group: string;
  readonly due: number;
  readonly target: Target;
}

const defaults = { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 };

/** The schedules of a cloud, and the calls they make. */
export class Schedules {
  readonly records: Collection<ScheduleRecord>;
  readonly #alarms: AlarmClock;
  readonly #outbox: Outbox<ScheduledCall>;

  constructor(private readonly deps: RoomDeps) {
    this.records = deps.store.collection("schedules");
    this.#alarms = new AlarmClock(deps.clock, (key) => this.#fallDue(key));
    this.#outbox = new Outbox<ScheduledCall>(deps, "scheduled-calls", {
      name: ({ arn, target }) => `${arn} to ${target.Arn}`,
      attempt: ({ id, attempts, content }) => this.#call(id, attempts, content),
      retryAfter: ({ attempts, posted, content }, error) => {
        const policy = { ...defaults, ...content.target.RetryPolicy };
        const age = this.#now() - posted + backoffMs(attempts);
        const over =
          attempts > (policy.MaximumRetryAttempts ?? 0) || age > (policy.MaximumEventAgeInSeconds ?? 0) * 1000;
        return over || !mayRetry(error) ? undefined : backoffMs(attempts);
      },
      giveUp: ({ id, attempts, content }, error) => this.#drop(id, attempts, content, error),
    });
  }

  recover(): void {
    this.#outbox.recover();
    for (const schedule of this.records.values()) this.#set(schedule);
  }

  close(): void {
    this.#alarms.close();
    this.#outbox.close();
  }

  /** Keeps a schedule and sets its clock. */
  async put(schedule: ScheduleRecord, after = this.#now() - 1): Promise<ScheduleRecord> {
    const { next: _former, ...rest } = schedule;
    const next = schedule.state === "ENABLED" ? nextCall(schedule, after) : undefined;
    const record: ScheduleRecord = { ...rest, ...(next && { next }) };
    await this.records.put(scheduleKey(record.group, record.name), record);
    this.#set(record);
    return record;
  }

  async delete(schedule: ScheduleRecord): Promise<void> {
    this.#alarms.cancel(scheduleKey(schedule.group, schedule.name));
    await this.records.delete(scheduleKey(schedule.group, schedule.name));
  }

  #set(schedule: ScheduleRecord): void {
    const key = scheduleKey(schedule.group, schedule.name);
    if (schedule.next) this.#alarms.set(key, schedule.next.call);
    else this.#alarms.cancel(key);
  }

  async #fallDue(key: string): Promise<void> {
    const schedule = this.records.get(key);
    if (!schedule?.next) return;
    const { due } = schedule.next;
    await this.#outbox.post({ arn: schedule.arn, group: schedule.group, due, target: schedule.target });
    const current = this.records.get(key);
    if (!current) return;
    // What fell due several times while no process was open is made up for once.
    const kept = await this.put(current, Math.max(due, this.#now() - 1));
    if (!kept.next && kept.afterCompletion === "DELETE") await this.delete(kept);
  }

  async #call(id: string, attempts: number, { arn, group, due, target }: ScheduledCall): Promise<void> {
    this.#count("InvocationAttemptCount", group);
    const attributes: Record<string, string> = {
      "schedule-arn": arn,
      "scheduled-time": `${new Date(due).toISOString().slice(0, 19)}Z`,
      "execution-id": id,
      "attempt-number": String(attempts + 1),
    };
    const input = (target.Input ?? "{}").replace(
      /<aws\.scheduler\.([a-z-]+)>/g,
      (all, name: string) => attributes[name] ?? all,
    );
    const universal = universalTarget(target.Arn ?? "");
    if (universal) {
      await this.deps.invoke(universal.service, universal.operation, JSON.parse(input));
      return;
    }
    await invokeTarget(this.deps, {
      arn: target.Arn ?? "",
      input,
      token: id,
      pipelineParameters: target.SageMakerPipelineParameters?.PipelineParameterList,
      messageGroupId: target.SqsParameters?.MessageGroupId,
      source: target.EventBridgeParameters?.Source,
      detailType: target.EventBridgeParameters?.DetailType,
    });
  }

  async #drop(id: string, attempts: number, { arn, group, due, target }: ScheduledCall, error: unknown): Promise<void> {
    this.#count("TargetErrorCount", group);
    const queue = target.DeadLetterConfig?.Arn;
    if (queue === undefined) {
      this.#count("InvocationDroppedCount", group);
      return;
    }
    const text = (StringValue: string) => ({ DataType: "String", StringValue });
    await this.deps.invoke("sqs", "SendMessage", {
      QueueUrl: queue.replace(/^arn:.*:/, ""),
      MessageBody: target.Input ?? "{}",
      MessageAttributes: {
        ERROR_CODE: text(error instanceof ServiceError ? error.code : "SDK_CLIENT_ERROR"),
        ERROR_MESSAGE: text(error instanceof Error ? error.message : String(error)),
        EXECUTION_ID: text(id),
        EXECUTION_TIME: text(new Date(this.#now()).toISOString()),
        SCHEDULE_ARN: text(arn),
        SCHEDULED_TIME: text(new Date(due).toISOString()),
        TARGET_ARN: text(target.Arn ?? ""),
        TARGET_ATTEMPTS: text(String(attempts)),
      },
    });
    this.#count("InvocationsSentToDeadLetterCount", group);
  }

  #count(name: string, group: string): void {
    this.deps.metrics.put({
      namespace: "AWS/Scheduler",
      name,
      dimensions: { ScheduleGroup: group },
      value: 1,
      unit: "Count",
    });
  }

  #now(): number {
    return this.deps.clock.now().getTime();
  }
}

function nextCall(schedule: ScheduleRecord, after: number): ScheduleRecord["next"] {
  const { expression, zone, start, end, created } = schedule;
  const oneTime = expression.startsWith("at(");
  const from = oneTime ? after : Math.max(after, (start ?? 0) - 1);
  const due = parseSchedule(expression, zone, { at: true }).next(from, start ?? created);
  if (due === undefined || (!oneTime && end !== undefined && due > end)) return undefined;
  return { due, call: due + offsetOf(schedule, due) };
}

/** Where in its window a call lies: anywhere, but always the same place for the same moment. */
function offsetOf({ arn, window }: ScheduleRecord, due: number): number {
  if (window.Mode !== "FLEXIBLE") return 0;
  const draw = createHash("sha256").update(`${arn} ${due}`).digest().readUInt32BE(0) / 2 ** 32;
  return Math.floor(draw * (window.MaximumWindowInMinutes ?? 0) * 60_000);
}
