import type { Contract } from "@sagewright/contract";
import type { Baseline } from "../baseline/baseline";
import type { Window } from "../window";
import { type CapturedPrediction, type CaptureParser, captureParser, type RefusalReason } from "./captured-prediction";
import { EventIds } from "./event-ids";
import { RowCounter } from "./row-counter";
import { emptySummary, type Summary } from "./summary";

/** How captured predictions are gathered. */
export interface SummariserOptions {
  readonly baseline: Baseline;
  readonly contract: Contract;
  /** How long an hour takes records after its end, by the time of their arrival. @default two days */
  readonly allowedLatenessMs?: number;
  /** How far a record's time may be ahead of its arrival. @default five minutes */
  readonly allowedSkewMs?: number;
  /** Ids that an hour keeps, to find what came twice. @default 10 million */
  readonly mostIds?: number;
}

/** An hour in the making: its summary, and the ids that are in it. */
export interface HourState {
  readonly summary: Summary;
  readonly ids: EventIds;
}

const HOUR_MS = 3_600_000;

/**
 * Sorts captured predictions into hours by their own time and adds them up. The same record twice counts once, also when
 * it comes in another file, or in another process that goes on with {@link Summariser.resume}.
 */
export class Summariser {
  readonly #options: Required<SummariserOptions>;
  readonly #counter: RowCounter;
  readonly #parse: CaptureParser;
  readonly #hours = new Map<string, HourState>();

  constructor(options: SummariserOptions) {
    this.#options = { allowedLatenessMs: 48 * HOUR_MS, allowedSkewMs: 300_000, mostIds: 10_000_000, ...options };
    this.#counter = new RowCounter(options.baseline, options.contract);
    this.#parse = captureParser(options.contract);
  }

  /** Goes on with an hour that was written before. */
  resume(summary: Summary, ids: EventIds): void {
    this.#hours.set(summary.window.from, { summary, ids });
  }

  /**
   * Adds a line of a capture file.
   *
   * @param arrived - when the file was written: an hour is closed by this time, and no record is from later.
   * @param source - name of the file, kept in the summaries that it adds to.
   */
  addLine(line: { readonly text: string; readonly whole: boolean }, arrived: Date, source?: string): void {
    if (line.text.trim() === "") return;
    const found = line.whole ? this.#parse(line.text) : "line_too_long";
    if (typeof found === "string") this.#refuse(found, arrived, source);
    else this.add(found, arrived, source);
  }

  /** Adds a prediction. */
  add(prediction: CapturedPrediction, arrived: Date, source?: string): void {
    const { allowedLatenessMs, allowedSkewMs } = this.#options;
    const time = Date.parse(prediction.at);
    const skewed = time > arrived.getTime() + allowedSkewMs;
    const hour = hourOf(skewed ? arrived : new Date(time));
    if (arrived.getTime() >= Date.parse(hour.to) + allowedLatenessMs) {
      // Counted where it arrived: its own hour is closed, and must not change any more.
      this.#open(hourOf(arrived), source).summary.left.late += 1;
      return;
    }
    const { summary, ids } = this.#open(hour, source);
    const known = ids.add(prediction.eventId);
    if (known === "seen") {
      summary.left.duplicates += 1;
      return;
    }
    if (known === "full") summary.left.unchecked += 1;
    if (skewed) summary.left.skewed += 1;
    this.#counter.add(summary, skewed ? { ...prediction, at: arrived.toISOString() } : prediction);
  }

  /** The hours so far, oldest first. */
  hours(): HourState[] {
    return [...this.#hours.values()].sort((a, b) => (a.summary.window.from < b.summary.window.from ? -1 : 1));
  }

  #refuse(reason: RefusalReason, arrived: Date, source: string | undefined): void {
    const { refused } = this.#open(hourOf(arrived), source).summary.left;
    refused.set(reason, (refused.get(reason) ?? 0) + 1);
  }

  #open(window: Window, source: string | undefined): HourState {
    let state = this.#hours.get(window.from);
    if (state === undefined) {
      state = { summary: emptySummary(this.#options.baseline, window), ids: new EventIds(this.#options.mostIds) };
      this.#hours.set(window.from, state);
    }
    if (source !== undefined) state.summary.sources.add(source);
    return state;
  }
}

/** The hour of a moment, in UTC. */
export function hourOf(moment: Date): Window {
  const start = Math.floor(moment.getTime() / HOUR_MS) * HOUR_MS;
  return { from: new Date(start).toISOString(), to: new Date(start + HOUR_MS).toISOString() };
}
