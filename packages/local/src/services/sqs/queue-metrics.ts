import type { RoomDeps } from "../../room";
import { inBackground } from "../sagemaker/background/in-background";
import type { QueueRecord } from "./queue-record";
import type { Queues } from "./queues";

const minuteMs = 60_000;

/** The metrics of `AWS/SQS`: what happens, as it happens, and each minute how much lies in a queue, until it is empty. */
export class QueueMetrics {
  readonly #watched = new Set<string>();
  readonly #closing = new AbortController();

  constructor(
    private readonly deps: RoomDeps,
    private readonly queues: Queues,
  ) {
    queues.onTraffic(({ name }, what, count) => {
      this.#put(name, `NumberOfMessages${what}`, count);
      if (what === "Sent") this.#watch(name);
    });
  }

  recover(): void {
    for (const queue of this.queues.records.values())
      if (this.queues.messages(queue).length > 0) this.#watch(queue.name);
  }

  close(): void {
    this.#closing.abort();
  }

  #watch(name: string): void {
    if (this.#watched.has(name)) return;
    this.#watched.add(name);
    inBackground(this.#measureEachMinute(name).finally(() => this.#watched.delete(name)));
  }

  async #measureEachMinute(name: string): Promise<void> {
    const { clock } = this.deps;
    for (;;) {
      await clock.sleep(minuteMs - (clock.now().getTime() % minuteMs), this.#closing.signal);
      const queue = this.queues.records.get(name);
      if (this.#closing.signal.aborted || !queue || this.#measure(queue) === 0) return;
    }
  }

  /** @returns how many messages there are */
  #measure(queue: QueueRecord): number {
    const now = this.deps.clock.now().getTime();
    const { visible, delayed, notVisible, oldest } = this.queues.counts(queue);
    this.#put(queue.name, "ApproximateNumberOfMessagesVisible", visible);
    this.#put(queue.name, "ApproximateNumberOfMessagesNotVisible", notVisible);
    this.#put(queue.name, "ApproximateNumberOfMessagesDelayed", delayed);
    const age = oldest === undefined ? 0 : Math.floor((now - oldest) / 1000);
    this.#put(queue.name, "ApproximateAgeOfOldestMessage", age, "Seconds");
    return visible + notVisible + delayed;
  }

  #put(QueueName: string, name: string, value: number, unit: "Count" | "Seconds" = "Count"): void {
    this.deps.metrics.put({ namespace: "AWS/SQS", name, dimensions: { QueueName }, value, unit });
  }
}
