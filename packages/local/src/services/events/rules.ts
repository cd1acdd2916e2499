import { randomUUID } from "node:crypto";
import { ServiceError } from "../../errors";
import type { CloudEvent } from "../../event-bus";
import type { RoomDeps } from "../../room";
import type { Collection } from "../../state/store";
import { inBackground } from "../sagemaker/background/in-background";
import { AlarmClock } from "../schedule/alarm-clock";
import { parseSchedule } from "../schedule/cron";
import { matchesPattern, parsePattern } from "./event-pattern";
import { type BusRecord, type RuleRecord, ruleKey, type WireEvent } from "./records";
import { ruleDeliveries } from "./rule-deliveries";

/** Every cloud has it. */
export const defaultBus = "default";

/** Buses and rules of a cloud, and what they do when an event comes or a schedule falls due. */
export class Rules {
  readonly buses: Collection<BusRecord>;
  readonly records: Collection<RuleRecord>;
  readonly #deliveries;
  readonly #alarms: AlarmClock;
  readonly #leave: () => void;
  #begin: () => void = () => undefined;

  constructor(private readonly deps: RoomDeps) {
    this.buses = deps.store.collection("event-buses");
    this.records = deps.store.collection("event-rules");
    this.#deliveries = ruleDeliveries(deps);
    this.#alarms = new AlarmClock(deps.clock, (key) => this.#fallDue(key));
    // What happens while the other rooms take up their work is handed on when all of them are there.
    const begun = new Promise<void>((resolve) => {
      this.#begin = resolve;
    });
    this.#leave = deps.bus.subscribe((event) => {
      inBackground(begun.then(() => this.dispatch(defaultBus, this.wireEvent(event))));
    });
  }

  recover(): void {
    this.#deliveries.recover();
    for (const rule of this.records.values()) this.#schedule(rule);
    this.#begin();
  }

  close(): void {
    this.#leave();
    this.#alarms.close();
    this.#deliveries.close();
  }

  /** @throws ServiceError ResourceNotFoundException */
  bus(nameOrArn: string | undefined): BusRecord {
    const name = (nameOrArn ?? defaultBus).replace(/^arn:.*:event-bus\//, "");
    const found = this.buses.get(name) ?? (name === defaultBus ? this.#default() : undefined);
    if (found) return found;
    throw new ServiceError("ResourceNotFoundException", `Event bus ${name} does not exist.`);
  }

  /** @throws ServiceError ResourceNotFoundException */
  rule(bus: string | undefined, name = ""): RuleRecord {
    const own = this.bus(bus).name;
    const found = this.records.get(ruleKey(own, name));
    if (found) return found;
    throw new ServiceError("ResourceNotFoundException", `Rule ${name} does not exist on EventBus ${own}.`);
  }

  /** Keeps a rule and sets its clock. */
  async put(rule: RuleRecord): Promise<void> {
    const { next: _former, ...rest } = rule;
    const now = this.deps.clock.now().getTime();
    const next =
      rule.schedule !== undefined && rule.state === "ENABLED"
        ? parseSchedule(rule.schedule).next(now, rule.began)
        : undefined;
    const record = { ...rest, ...(next !== undefined && { next }) };
    await this.records.put(ruleKey(rule.bus, rule.name), record);
    this.#schedule(record);
  }

  async delete(rule: RuleRecord): Promise<void> {
    this.#alarms.cancel(ruleKey(rule.bus, rule.name));
    await this.records.delete(ruleKey(rule.bus, rule.name));
  }

  /** Hands an event to every rule of a bus that it matches; durable when resolved. */
  async dispatch(bus: string, event: WireEvent): Promise<void> {
    const matching = this.records
      .values()
      .filter((rule) => rule.bus === bus && rule.state !== "DISABLED" && rule.pattern !== undefined)
      .filter((rule) => matchesPattern(parsePattern(rule.pattern ?? ""), event));
    await this.deps.clock.during(
      `events on ${bus}`,
      Promise.all(matching.map((rule) => this.#deliveries.post(rule, event))),
    );
  }

  /** An event of the cloud's own services as rules see it: moments in its detail are epoch milliseconds. */
  wireEvent(event: CloudEvent): WireEvent {
    return {
      version: "0",
      id: randomUUID(),
      "detail-type": event.detailType,
      source: event.source,
      account: this.deps.accountId,
      time: `${event.time.toISOString().slice(0, 19)}Z`,
      region: this.deps.region,
      resources: event.resources,
      detail: withoutDates(event.detail),
    };
  }

  #default(): BusRecord {
    const arn = `arn:aws:events:${this.deps.region}:${this.deps.accountId}:event-bus/${defaultBus}`;
    return { name: defaultBus, arn, tags: {}, created: 0 };
  }

  #schedule(rule: RuleRecord): void {
    const key = ruleKey(rule.bus, rule.name);
    if (rule.next === undefined || rule.state !== "ENABLED") this.#alarms.cancel(key);
    else this.#alarms.set(key, rule.next);
  }

  async #fallDue(key: string): Promise<void> {
    const rule = this.records.get(key);
    if (rule?.next === undefined) return;
    await this.#deliveries.post(
      rule,
      this.wireEvent({
        source: "aws.events",
        detailType: "Scheduled Event",
        time: new Date(rule.next),
        resources: [rule.arn],
        detail: {},
      }),
    );
    const current = this.records.get(key);
    if (current) await this.put(current);
  }
}

function withoutDates(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(withoutDates);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutDates(member)]));
}
