import type { RoomDeps } from "../../../room";
import { inBackground } from "../../sagemaker/background/in-background";
import { metricsOf } from "../metrics/metric-queries";
import { type MetricStore, seriesKey } from "../metrics/metric-store";
import { actionsOf, alarmEvent, alarmTime, isScaling, performAction, type ScalingAction } from "./alarm-actions";
import type { AlarmBook } from "./alarm-book";
import { evaluate } from "./alarm-evaluation";
import type { AlarmRecord } from "./alarm-record";
import { parseAlarmRule } from "./alarm-rule";
import type { AlarmState } from "./alarm-states";
import { alarmPeriodMs, alarmQueries, evaluationStepMs, readWindow } from "./alarm-window";

/** Evaluates alarms when there may be something new for them. */
export class AlarmRunner {
  /** When each alarm is evaluated next, epoch milliseconds. */
  readonly #due = new Map<string, number>();
  /** Alarms by the metrics they read. */
  readonly #readers = new Map<string, Set<string>>();
  readonly #closing = new AbortController();
  #woken = new AbortController();

  constructor(
    private readonly deps: RoomDeps,
    private readonly book: AlarmBook,
    private readonly metrics: MetricStore,
    private readonly scale: ScalingAction,
  ) {
    metrics.onValue((key) => {
      for (const name of this.#readers.get(key) ?? []) this.#wake(name);
    });
  }

  /** Begins with every alarm there is. */
  start(): void {
    for (const alarm of this.book.alarms.values()) this.watch(alarm);
    inBackground(this.#run());
  }

  close(): void {
    this.#closing.abort();
    this.#woken.abort();
  }

  /** Takes a new or changed alarm up. */
  watch(alarm: AlarmRecord): void {
    this.forget(alarm.name);
    if (alarm.metric) {
      for (const metric of metricsOf(alarmQueries(alarm.metric))) {
        const key = seriesKey(metric);
        this.#readers.set(key, (this.#readers.get(key) ?? new Set()).add(alarm.name));
      }
      this.#wake(alarm.name);
    } else inBackground(this.#evaluateComposite(alarm));
  }

  forget(name: string): void {
    this.#due.delete(name);
    for (const names of this.#readers.values()) names.delete(name);
  }

  /** Gives an alarm a state, with all that follows. */
  async change(name: string, to: AlarmState, reason: string, reasonData?: string): Promise<void> {
    const before = this.book.alarms.get(name);
    if (!before) return;
    const change = { name, from: before.state, to, reason, time: this.deps.clock.now() };
    await this.book.change({ ...change, ...(reasonData !== undefined && { reasonData }) });
    if (before.state === to) return;
    const alarm = this.book.alarms.get(name) ?? before;
    const kind = alarm.metric ? "MetricAlarm" : "CompositeAlarm";
    await this.book.note({
      name,
      kind,
      time: change.time.getTime(),
      type: "StateUpdate",
      summary: `Alarm updated from ${change.from} to ${to}`,
      data: JSON.stringify({
        version: "1.0",
        oldState: { stateValue: change.from, stateReason: before.reason },
        newState: {
          stateValue: to,
          stateReason: reason,
          ...(reasonData !== undefined && { stateReasonData: JSON.parse(reasonData) }),
        },
      }),
    });
    this.deps.bus.publish(alarmEvent(alarm, change));
    for (const composite of this.book.alarms.values()) {
      if (composite.composite && parseAlarmRule(composite.composite.AlarmRule ?? "").alarms.includes(name)) {
        await this.#evaluateComposite(composite);
      }
    }
    if (alarm.actionsEnabled) for (const arn of actionsOf(alarm, to)) await this.#act(alarm, arn, change);
    // One that was set by hand goes back to what its metrics say at its next evaluation.
    this.#wake(name);
  }

  async #act(alarm: AlarmRecord, arn: string, change: Parameters<typeof performAction>[3]): Promise<void> {
    let error: string | undefined;
    try {
      await performAction(this.deps, arn, alarm, change, this.scale);
    } catch (caught) {
      error = caught instanceof Error ? caught.message : String(caught);
    }
    await this.book.note({
      name: alarm.name,
      kind: alarm.metric ? "MetricAlarm" : "CompositeAlarm",
      time: this.deps.clock.now().getTime(),
      type: "Action",
      summary:
        error === undefined
          ? `Successfully executed action ${arn}`
          : `Failed to execute action ${arn}. Received error: "${error}"`,
      data: JSON.stringify({
        actionState: error === undefined ? "Succeeded" : "Failed",
        notificationResource: arn,
        error: error ?? null,
      }),
    });
  }

  #wake(name: string): void {
    const alarm = this.book.alarms.get(name);
    if (!alarm?.metric) return;
    const now = this.deps.clock.now().getTime();
    const stepMs = evaluationStepMs(alarm.metric);
    this.#plan(name, (Math.floor(now / stepMs) + 1) * stepMs);
  }

  #plan(name: string, moment: number): void {
    const known = this.#due.get(name);
    if (known !== undefined && known <= moment) return;
    const earliest = Math.min(...this.#due.values());
    this.#due.set(name, moment);
    if (moment < earliest) this.#woken.abort();
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const earliest = Math.min(...this.#due.values());
      this.#woken = new AbortController();
      const now = this.deps.clock.now().getTime();
      if (earliest > now) {
        if (earliest === Number.POSITIVE_INFINITY) await aborted(this.#woken.signal);
        else await this.deps.clock.sleep(earliest - now, this.#woken.signal);
        continue;
      }
      const due = [...this.#due].filter(([, moment]) => moment <= now).map(([name]) => name);
      for (const name of due) {
        this.#due.delete(name);
        const alarm = this.book.alarms.get(name);
        // An alarm that cannot be evaluated (a full disk, a damaged day) must not end the others.
        if (alarm?.metric)
          await this.deps.clock.during(
            `alarm ${name}`,
            this.#evaluate(alarm).catch(() => undefined),
          );
      }
    }
  }

  async #evaluate(alarm: AlarmRecord): Promise<void> {
    const input = alarm.metric;
    if (!input) return;
    const now = this.deps.clock.now().getTime();
    const window = readWindow(this.metrics, input, now);
    const { state, reason, recent } = evaluate(input, window.range, alarm.state);
    if (window.next !== undefined) this.#plan(alarm.name, window.next);
    if (state !== alarm.state) {
      const data = {
        version: "1.0",
        queryDate: alarmTime(new Date(now)),
        startDate: alarmTime(new Date(window.end - recent.length * alarmPeriodMs(input))),
        period: alarmPeriodMs(input) / 1000,
        recentDatapoints: recent.filter((value) => value !== undefined),
        threshold: input.Threshold,
      };
      await this.change(alarm.name, state, reason, JSON.stringify(data));
    } else if (state === "ALARM" && alarm.actionsEnabled && actionsOf(alarm, state).some(isScaling)) {
      const change = { name: alarm.name, from: state, to: state, reason, time: new Date(now) };
      for (const arn of actionsOf(alarm, state).filter(isScaling)) await this.#act(alarm, arn, change);
    }
    const after = this.book.alarms.get(alarm.name);
    const scaling = after?.state === "ALARM" && actionsOf(after, "ALARM").some(isScaling);
    if (scaling && window.range.some((value) => value !== undefined)) this.#wake(alarm.name);
  }

  async #evaluateComposite(alarm: AlarmRecord): Promise<void> {
    const rule = parseAlarmRule(alarm.composite?.AlarmRule ?? "");
    const to = rule.holds(this.book.stateOf) ? "ALARM" : "OK";
    const current = this.book.alarms.get(alarm.name);
    if (!current || current.state === to) return;
    await this.change(alarm.name, to, `${alarm.arn} transitioned to ${to} at ${alarmTime(this.deps.clock.now())}`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
