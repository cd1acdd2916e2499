import type { CanonicalRow } from "@sagewright/contract";
import type { PredictionAnswer } from "../app/answer";
import { hourPath, type RecordSink } from "./hourly-folder";
import { captureRecord } from "./record";

/** How predictions are captured. */
export interface CaptureOptions {
  readonly sink: RecordSink;
  /** The share of predictions that is captured, 0 to 1. @default 1 */
  readonly share?: number;
  /** Predictions that may wait to be written; what comes beyond is dropped and counted. @default 10,000 */
  readonly mostWaiting?: number;
  /** How long a prediction may wait. @default one second */
  readonly everyMs?: number;
  /** A number from 0 up to 1. @default Math.random */
  readonly random?: () => number;
  /** @default the system's clock */
  readonly now?: () => Date;
}

/** What became of the sampled predictions. */
export interface CaptureCounts {
  readonly written: number;
  /** Lost because too many waited or the sink failed. */
  readonly dropped: number;
}

interface Waiting {
  readonly row: CanonicalRow;
  readonly answer: PredictionAnswer;
  readonly at: Date;
}

const GROUP = 256;

/**
 * Captures a sample of predictions off the request's path: a request only leaves its row and answer here; writing is later,
 * in groups, and never waited for. Captured are the contract's features in canonical form and the model's number, not ids
 * or any other field that was sent.
 */
export class Capture {
  readonly #sink: RecordSink;
  readonly #options: Required<Omit<CaptureOptions, "sink">>;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #written = 0;
  #dropped = 0;

  constructor({ sink, ...options }: CaptureOptions) {
    this.#sink = sink;
    this.#options = {
      share: 1,
      mostWaiting: 10_000,
      everyMs: 1_000,
      random: Math.random,
      now: () => new Date(),
      ...options,
    };
  }

  /** Takes a prediction if it falls into the sample. */
  observe(row: CanonicalRow, answer: PredictionAnswer): void {
    const { share, random, mostWaiting, now, everyMs } = this.#options;
    if (share < 1 && random() >= share) return;
    if (this.#waiting.length >= mostWaiting) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push({ row, answer, at: now() });
    this.#timer ??= setTimeout(() => void this.flush(), everyMs).unref();
  }

  /** What became of the sample so far. */
  counts(): CaptureCounts {
    return { written: this.#written, dropped: this.#dropped };
  }

  /** Writes what waits. Never throws: what cannot be written is dropped and counted. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, GROUP);
      for (const records of byHour(group).values()) await this.#write(records);
      this.#waiting.splice(0, group.length);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #write(records: readonly Waiting[]): Promise<void> {
    const first = records[0];
    if (first === undefined) return;
    try {
      await this.#sink.append(first.at, records.map(lineOf).join(""));
      this.#written += records.length;
    } catch {
      this.#dropped += records.length;
    }
  }
}

function byHour(group: readonly Waiting[]): Map<string, Waiting[]> {
  const hours = new Map<string, Waiting[]>();
  for (const each of group) {
    const hour = hourPath(each.at);
    const known = hours.get(hour);
    if (known === undefined) hours.set(hour, [each]);
    else known.push(each);
  }
  return hours;
}

function lineOf({ row, answer, at }: Waiting): string {
  const { predictionId: eventId, modelVersion } = answer;
  const output =
    "value" in answer
      ? { value: answer.value, modelVersion }
      : { churnProbability: answer.churnProbability, churn: answer.decision.churn, modelVersion };
  return `${JSON.stringify(captureRecord(row, output, { eventId, at }))}\n`;
}
