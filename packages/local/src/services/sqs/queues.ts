import { randomUUID } from "node:crypto";
import { ServiceError } from "../../errors";
import type { RoomDeps } from "../../room";
import type { Collection } from "../../state/store";
import type { KeptAttribute, MessageRecord, QueueRecord } from "./queue-record";

/** A message to be sent. */
export interface Outgoing {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, KeptAttribute>>;
  readonly delaySeconds?: number | undefined;
  readonly group?: string | undefined;
  readonly deduplication?: string | undefined;
}

/** What happens to messages. */
export type Traffic = "Sent" | "Received" | "Deleted";

/** How many messages of a queue are in which state. */
export interface MessageCounts {
  readonly visible: number;
  /** Received, and not deleted. */
  readonly notVisible: number;
  /** Sent, and not yet to be seen. */
  readonly delayed: number;
  /** When the oldest was sent, in epoch milliseconds. */
  readonly oldest: number | undefined;
}

type TrafficListener = (queue: QueueRecord, what: Traffic, count: number) => void;

const deduplicationMs = 300_000;

/** The queues of a cloud and their messages, one record each. */
export class Queues {
  readonly records: Collection<QueueRecord>;
  readonly #messages: Collection<MessageRecord>;
  readonly #sent: Collection<{ key: string; at: number; id: string; sequence: number }>;
  readonly #listeners: TrafficListener[] = [];
  readonly #changes = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();
  #sequence: number;

  constructor(private readonly deps: RoomDeps) {
    this.records = deps.store.collection("queues");
    this.#messages = deps.store.collection("queue-messages");
    this.#sent = deps.store.collection("queue-deduplication");
    this.#sequence = Math.max(0, ...this.#messages.values().map(({ sequence }) => sequence));
  }

  /** @throws ServiceError QueueDoesNotExist */
  get(urlOrName = ""): QueueRecord {
    const found = this.records.get(urlOrName.slice(urlOrName.lastIndexOf("/") + 1).replace(/^arn:.*:/, ""));
    if (found) return found;
    throw new ServiceError("QueueDoesNotExist", "The specified queue does not exist.");
  }

  /** Told of messages that are sent, received and deleted. */
  onTraffic(listener: TrafficListener): void {
    this.#listeners.push(listener);
  }

  counts(queue: QueueRecord): MessageCounts {
    const now = this.#now();
    const messages = this.messages(queue);
    const waiting = messages.filter(({ visible }) => visible > now);
    const notVisible = waiting.filter(({ receives }) => receives > 0).length;
    return {
      visible: messages.length - waiting.length,
      notVisible,
      delayed: waiting.length - notVisible,
      oldest: messages[0]?.sent,
    };
  }

  /** Messages of a queue that have not expired, in order; those that have are removed. */
  messages(queue: QueueRecord): MessageRecord[] {
    const oldest = this.#now() - seconds(queue, "MessageRetentionPeriod") * 1000;
    const all = this.#messages.values().filter((message) => message.queue === queue.name);
    for (const old of all.filter(({ sent }) => sent < oldest))
      void this.#messages.delete(old.id).catch(() => undefined);
    return all.filter(({ sent }) => sent >= oldest).sort((a, b) => a.sequence - b.sequence);
  }

  /** Durable when resolved. */
  async send(
    queue: QueueRecord,
    outgoing: Outgoing,
    source?: MessageRecord,
  ): Promise<{ id: string; sequence: number }> {
    const now = this.#now();
    const key = outgoing.deduplication === undefined ? undefined : `${queue.name}:${outgoing.deduplication}`;
    const same = key === undefined ? undefined : this.#sent.get(key);
    if (same && now - same.at < deduplicationMs) return same;
    const delay = outgoing.delaySeconds ?? seconds(queue, "DelaySeconds");
    const message: MessageRecord = {
      id: source?.id ?? randomUUID(),
      queue: queue.name,
      sequence: ++this.#sequence,
      body: outgoing.body,
      attributes: outgoing.attributes ?? {},
      sent: source?.sent ?? now,
      visible: now + delay * 1000,
      receives: 0,
      ...(outgoing.group !== undefined && { group: outgoing.group }),
      ...(outgoing.deduplication !== undefined && { deduplication: outgoing.deduplication }),
      ...(source && { source: this.get(source.queue).arn }),
    };
    await this.#messages.put(message.id, message);
    if (key !== undefined) {
      await this.#sent.put(key, { key, at: now, id: message.id, sequence: message.sequence });
    }
    this.wake(queue.name);
    this.#tell(queue, "Sent", 1);
    return message;
  }

  /** Takes up to `most` visible messages; those received too often go to the dead-letter queue instead. */
  async receive(queue: QueueRecord, most: number, visibilitySeconds: number): Promise<MessageRecord[]> {
    const now = this.#now();
    const { deadLetterTargetArn, maxReceiveCount } = redrive(queue);
    const taken: Promise<MessageRecord | undefined>[] = [];
    const held = new Set<string>();
    let count = 0;
    for (const message of this.messages(queue)) {
      if (count >= most) break;
      if (message.visible > now) {
        // A group of a FIFO queue waits for its message under way.
        if (message.group !== undefined) held.add(message.group);
        continue;
      }
      if (message.group !== undefined && held.has(message.group)) continue;
      const target =
        deadLetterTargetArn === undefined ? undefined : this.records.get(deadLetterTargetArn.replace(/^arn:.*:/, ""));
      if (target && message.receives >= maxReceiveCount) {
        taken.push(this.#bury(message, target));
        continue;
      }
      count += 1;
      const received = {
        ...message,
        receives: message.receives + 1,
        firstReceived: message.firstReceived ?? now,
        visible: now + visibilitySeconds * 1000,
        receipt: Buffer.from(`${message.id}:${randomUUID()}`).toString("base64url"),
      };
      taken.push(this.#messages.put(message.id, received).then(() => received));
    }
    const received = (await Promise.all(taken)).filter((message) => message !== undefined);
    if (received.length > 0) this.#tell(queue, "Received", received.length);
    return received;
  }

  /** @throws ServiceError ReceiptHandleIsInvalid */
  async remove(queue: QueueRecord, receipt: string): Promise<void> {
    const message = this.#held(queue, receipt);
    // Deleting twice is no error, and an older receipt of a message that came again deletes nothing.
    if (message) {
      await this.#messages.delete(message.id);
      this.wake(queue.name);
      this.#tell(queue, "Deleted", 1);
    }
  }

  /** @throws ServiceError ReceiptHandleIsInvalid, MessageNotInflight */
  async show(queue: QueueRecord, receipt: string, timeoutSeconds: number): Promise<void> {
    const message = this.#held(queue, receipt);
    const now = this.#now();
    if (!message || message.visible <= now) {
      throw new ServiceError("MessageNotInflight", "The message referred to is not in flight.");
    }
    await this.#messages.put(message.id, { ...message, visible: now + timeoutSeconds * 1000 });
    if (timeoutSeconds === 0) this.wake(queue.name);
  }

  async purge(queue: QueueRecord): Promise<void> {
    await Promise.all(this.messages(queue).map(({ id }) => this.#messages.delete(id)));
  }

  /** A number that is another one after each change that a waiting receiver wants to know of. */
  changes(name: string): number {
    return this.#changes.get(name) ?? 0;
  }

  /**
   * Resolves when a message comes to the queue, or one becomes visible, or the queue is made, or the time is over.
   * @param since {@link changes} before the caller last looked: what happened in between is not slept through
   */
  async wait(name: string, until: number, signal: AbortSignal, since = this.changes(name)): Promise<void> {
    if (signal.aborted || since !== this.changes(name)) return;
    const queue = this.records.get(name);
    const visible = queue ? this.messages(queue).map((message) => message.visible) : [];
    const now = this.#now();
    const next = Math.min(until, ...visible.filter((moment) => moment > now));
    const woken = new AbortController();
    const wake = () => woken.abort();
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting.add(wake));
    signal.addEventListener("abort", wake, { once: true });
    await this.deps.clock.sleep(next - now, woken.signal);
    waiting.delete(wake);
    signal.removeEventListener("abort", wake);
  }

  #held(queue: QueueRecord, receipt: string): MessageRecord | undefined {
    const id = Buffer.from(receipt, "base64url").toString("utf8").split(":")[0] ?? "";
    if (!/^[0-9a-f-]{36}$/.test(id)) {
      throw new ServiceError(
        "ReceiptHandleIsInvalid",
        `The input receipt handle "${receipt}" is not a valid receipt handle.`,
      );
    }
    const message = this.#messages.get(id);
    return message?.queue === queue.name && message.receipt === receipt ? message : undefined;
  }

  async #bury(message: MessageRecord, target: QueueRecord): Promise<undefined> {
    // The same id, so the letter is moved in one write.
    const { group, deduplication: _used, body, attributes } = message;
    await this.send(target, { body, attributes, delaySeconds: 0, group }, message);
    return undefined;
  }

  /** Wakes who waits for a queue. */
  wake(name: string): void {
    this.#changes.set(name, this.changes(name) + 1);
    for (const wake of [...(this.#waiting.get(name) ?? [])]) wake();
  }

  #tell(queue: QueueRecord, what: Traffic, count: number): void {
    for (const listener of this.#listeners) listener(queue, what, count);
  }

  #now(): number {
    return this.deps.clock.now().getTime();
  }
}

/** A numeric attribute of a queue. */
export const seconds = (queue: QueueRecord, name: string): number => Number(queue.attributes[name] ?? 0);

/** Where a queue sends what was received too often. */
export function redrive(queue: QueueRecord): { deadLetterTargetArn?: string; maxReceiveCount: number } {
  const policy = queue.attributes.RedrivePolicy;
  if (policy === undefined || policy === "") return { maxReceiveCount: Number.POSITIVE_INFINITY };
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(policy);
  return { deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) };
}
