import type { Clock } from "../../clock";
import { inBackground } from "../sagemaker/background/in-background";
import type { MessageRecord, QueueRecord } from "../sqs/queue-record";
import { type Queues, seconds } from "../sqs/queues";
import type { CalledFunctions } from "./called-functions";
import type { FunctionCall } from "./invoke-operation";
import type { MappingRecord } from "./mapping-record";
import { failedMessages, passesFilters, type SqsEventRecord, sqsEventRecord } from "./sqs-event";

/** What a poller works with. */
export interface PollerDeps {
  readonly queues: Queues;
  readonly clock: Clock;
  readonly region: string;
}

/** Batches that run at once; Lambda begins with as many. */
const concurrency = 5;

/**
 * Brings a queue's messages to a function. What the function has handled is deleted; the rest comes again when its visibility
 * time-out is over, and goes to the queue's dead letters when it has come too often. Polls nothing: it is told of messages.
 */
export class QueuePoller {
  readonly #stopped = new AbortController();
  readonly #name: string;
  #running = 0;
  #ended: (() => void) | undefined;

  constructor(
    private readonly deps: PollerDeps,
    private readonly mapping: MappingRecord,
    private readonly functions: CalledFunctions,
    private readonly call: FunctionCall,
  ) {
    this.#name = mapping.queueArn.slice(mapping.queueArn.lastIndexOf(":") + 1);
    inBackground(this.#run());
  }

  /** Takes no more messages; batches under way end. */
  stop(): void {
    this.#stopped.abort();
    this.#ended?.();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    const most = Math.min(this.mapping.maximumConcurrency ?? concurrency, concurrency);
    while (!signal.aborted) {
      const seen = this.deps.queues.changes(this.#name);
      const queue = this.deps.queues.records.get(this.#name);
      const batch = queue ? await this.#batch(queue, signal) : [];
      if (queue && batch.length > 0) {
        this.#running += 1;
        const handled = this.deps.clock.during(`messages of ${this.#name}`, this.#hand(queue, batch));
        inBackground(handled.finally(() => this.#free()));
        while (this.#running >= most && !signal.aborted) {
          await new Promise<void>((resolve) => {
            this.#ended = resolve;
          });
        }
      } else {
        await this.deps.queues.wait(this.#name, Number.POSITIVE_INFINITY, signal, seen);
      }
    }
  }

  #free(): void {
    this.#running -= 1;
    this.#ended?.();
  }

  /** Messages that are there now, and those that come within the window. */
  async #batch(queue: QueueRecord, signal: AbortSignal): Promise<MessageRecord[]> {
    const { batchSize, windowSeconds } = this.mapping;
    const visibility = seconds(queue, "VisibilityTimeout");
    const take = (most: number) =>
      this.deps.clock.during(`messages of ${this.#name}`, this.deps.queues.receive(queue, most, visibility));
    const batch = await take(batchSize);
    const until = this.deps.clock.now().getTime() + windowSeconds * 1000;
    while (batch.length > 0 && batch.length < batchSize && !signal.aborted) {
      if (this.deps.clock.now().getTime() >= until) break;
      await this.deps.queues.wait(this.#name, until, signal);
      batch.push(...(await take(batchSize - batch.length)));
    }
    return batch;
  }

  async #hand(queue: QueueRecord, batch: readonly MessageRecord[]): Promise<void> {
    const records = batch.map((message) => ({
      message,
      record: sqsEventRecord(message, this.mapping.queueArn, this.deps.region),
    }));
    const wanted = records.filter(({ record }) => passesFilters(this.mapping.filters, record));
    const dropped = records.filter((each) => !wanted.includes(each));
    await this.#remove(queue, dropped);
    const record = this.functions.find(this.mapping.functionArn);
    if (!record || wanted.length === 0) return;
    const { result } = await this.call(record, { Records: wanted.map((each) => each.record) });
    if (result.failed) return;
    const ids = wanted.map(({ message }) => message.id);
    const failed = this.mapping.reportsFailures ? failedMessages(result.payload, ids) : new Set<string>();
    await this.#remove(
      queue,
      wanted.filter(({ message }) => !failed.has(message.id)),
    );
  }

  async #remove(queue: QueueRecord, handled: readonly { record: SqsEventRecord }[]): Promise<void> {
    await Promise.all(handled.map(({ record }) => this.deps.queues.remove(queue, record.receiptHandle)));
  }
}
