import type { CanonicalRow } from "@sagewright/contract";
import type { PredictionAnswer } from "../app/answer";
import { hourPath, type RecordSink } from "./hourly-folder";
import { captureRecord } from "./record";
import { RecordsLostError } from "./records-lost";

/** How predictions are captured. */
export interface CaptureOptions {
  readonly sink: RecordSink;
  /** The share of predictions that is captured, 0 to 1. @default 1 */
  readonly share?: number;
  /** Predictions that may wait to be written; what comes beyond is dropped and counted. @default 10,000 */
  readonly mostWaiting?: number;
  /** How long a prediction may wait. @default what the sink says, or else one second */
  readonly everyMs?: number;
  /** A number from 0 up to 1. @default Math.random */
  readonly random?: () => number;
  /** @default the system's clock */
  readonly now?: () => Date;
  /** Is told each time that the sink lost records, and why. @default they are only counted */
  readonly onLost?: (lost: number, cause: unknown) => void;
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

/** Records made before requests have their turn again. */
const SLICE = 32;

/** Records written at once. */
const GROUP = 1_024;

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
      everyMs: sink.everyMs ?? 1_000,
      random: Math.random,
      now: () => new Date(),
      onLost: () => undefined,
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
    if (this.#waiting.length === GROUP) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), everyMs).unref();
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
      const hours = await linesByHour(group);
      this.#waiting.splice(0, group.length);
      for (const records of hours.values()) await this.#write(records);
    }
  }

  async #write({ at, lines }: HourOfLines): Promise<void> {
    const lost = await this.#sink.append(at, lines.join("")).then(
      () => 0,
      (error: unknown) => {
        const some = error instanceof RecordsLostError;
        const count = some ? error.lost : lines.length;
        this.#options.onLost(count, some ? (error.cause ?? error) : error);
        return count;
      },
    );
    this.#written += lines.length - lost;
    this.#dropped += lost;
  }
}

interface HourOfLines {
  /** A moment in the hour. */
  readonly at: Date;
  readonly lines: string[];
}

/** Makes the lines a few at a time, so that no request waits for more than that. */
async function linesByHour(group: readonly Waiting[]): Promise<ReadonlyMap<string, HourOfLines>> {
  const hours = new Map<string, HourOfLines>();
  for (const [index, each] of group.entries()) {
    if (index % SLICE === SLICE - 1) await new Promise((resolve) => setImmediate(resolve));
    const hour = hourPath(each.at);
    const known = hours.get(hour) ?? { at: each.at, lines: [] };
    hours.set(hour, known);
    known.lines.push(lineOf(each));
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
