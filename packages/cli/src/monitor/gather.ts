import type { Contract } from "@sagewright/contract";
import {
  type Baseline,
  type CapturedPrediction,
  captureLines,
  captureParser,
  hourOf,
  Summariser,
  type Window,
} from "@sagewright/monitoring";
import { type CaptureFile, type CaptureSource, wholeLinesEnd } from "./capture-files";
import type { HourFiles, KeptScore } from "./hour-files";
import type { ReadMarks } from "./read-marks";

/** What captures are gathered with. */
export interface GatherOptions {
  readonly baseline: Baseline;
  readonly contract: Contract;
  /** The version whose predictions are counted. */
  readonly version: number;
  readonly hours: HourFiles;
  readonly marks: ReadMarks;
  readonly source: CaptureSource;
  /** Files of earlier hours are not looked at, ISO 8601. @default all are */
  readonly from?: string;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** What a run of the gathering read. */
export interface Gathered {
  /** Predictions of the version, new to its summaries or not. */
  readonly predictions: number;
  readonly files: number;
  /** Predictions of other versions, by version. */
  readonly others: Readonly<Record<string, number>>;
  /** Predictions whose fields are those of another model altogether. */
  readonly foreign: number;
  /** Files that end in the middle of a compressed archive. */
  readonly damaged: readonly string[];
}

const HOUR_MS = 3_600_000;
/** Answers of an endpoint name no version. */
const UNNAMED = "unknown";

/**
 * Adds what was captured since the last time to a version's hourly summaries. Each capture file is read from where the last
 * run stopped, and summaries are written before the marks: a process that dies reads some records twice, which their ids
 * tell.
 */
export async function gather(options: GatherOptions): Promise<Gathered> {
  const { source, marks, signal, from = "" } = options;
  const gathering = new Gathering(options);
  let batch = "";
  for (const file of await source(from)) {
    if (signal.aborted) break;
    const day = file.hour.slice(0, 10);
    // A day at a time is in memory.
    if (batch !== day) gathering.write();
    batch = day;
    await gathering.read(file);
  }
  gathering.write();
  marks.save();
  return gathering.counts;
}

class Gathering {
  readonly counts = {
    predictions: 0,
    files: 0,
    others: {} as Record<string, number>,
    foreign: 0,
    damaged: [] as string[],
  };
  readonly #options: GatherOptions;
  readonly #parse: ReturnType<typeof captureParser>;
  readonly #columns: readonly string[];
  #summariser: Summariser;
  #opened = new Set<string>();
  #scores = new Map<string, KeptScore[]>();
  #read: [name: string, bytes: number][] = [];

  constructor(options: GatherOptions) {
    this.#options = options;
    this.#parse = captureParser(options.contract);
    this.#columns = options.baseline.columns.map(({ name }) => name);
    this.#summariser = new Summariser(options);
  }

  async read(file: CaptureFile): Promise<void> {
    const { marks, now } = this.#options;
    const zipped = file.name.endsWith(".gz");
    const start = zipped && marks.of(file.name) < file.bytes ? 0 : marks.of(file.name);
    if (start >= file.bytes) return;
    const over = Date.parse(file.hour) + 2 * HOUR_MS < now.getTime();
    // A line without an end is damage once nobody writes to that hour any more.
    const end = zipped || over ? file.bytes : await wholeLinesEnd(file, start);
    if (end === start) return;
    const arrived = arrivalOf(file);
    const damaged = () => void this.counts.damaged.push(file.name);
    for await (const line of captureLines(await file.read(start, end), damaged)) this.#line(line, arrived, file.name);
    this.counts.files += 1;
    this.#read.push([file.name, end]);
  }

  /** Writes the hours so far, and forgets them. */
  write(): void {
    for (const state of this.#summariser.hours())
      this.#options.hours.write(state, this.#scores.get(state.summary.window.from) ?? []);
    for (const [name, bytes] of this.#read) this.#options.marks.set(name, bytes);
    this.#summariser = new Summariser(this.#options);
    this.#opened = new Set();
    this.#scores = new Map();
    this.#read = [];
  }

  #line(line: { readonly text: string; readonly whole: boolean }, arrived: Date, source: string): void {
    this.#open(hourOf(arrived));
    const found = line.whole && line.text.trim() !== "" ? this.#parse(line.text) : undefined;
    // Whoever refuses a line counts it.
    if (found === undefined || typeof found === "string") this.#summariser.addLine(line, arrived, source);
    else if (!this.#columns.some((name) => Object.hasOwn(found.input, name))) this.counts.foreign += 1;
    else if (found.modelVersion !== String(this.#options.version) && found.modelVersion !== UNNAMED)
      this.counts.others[found.modelVersion] = (this.counts.others[found.modelVersion] ?? 0) + 1;
    else this.#take(found, arrived, source);
  }

  #take(prediction: CapturedPrediction, arrived: Date, source: string): void {
    const { eventId, at, score, positive, modelVersion } = prediction;
    const hour = hourOf(new Date(at));
    this.#open(hour);
    this.#summariser.add(prediction, arrived, source);
    this.counts.predictions += 1;
    if (score === null) return;
    const kept = this.#scores.get(hour.from) ?? [];
    this.#scores.set(hour.from, kept);
    kept.push({ eventId, at, score, positive, modelVersion });
  }

  /** Goes on with an hour of an earlier run. */
  #open({ from }: Window): void {
    if (this.#opened.has(from)) return;
    this.#opened.add(from);
    const known = this.#options.hours.read(from);
    if (known !== undefined) this.#summariser.resume(known.summary, known.ids);
  }
}

/**
 * When the records of a file came: within the hour that its folder names, so that captures that were copied or fetched later
 * are not late, and no later than the file was written.
 */
function arrivalOf({ hour, written }: CaptureFile): Date {
  const end = Date.parse(hour) + HOUR_MS - 1;
  return new Date(written.getTime() > Date.parse(hour) ? Math.min(end, written.getTime()) : end);
}
