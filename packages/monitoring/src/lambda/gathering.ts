import type { CaptureLine } from "../summary/capture-lines";
import type { CapturedPrediction, CaptureParser } from "../summary/captured-prediction";
import { captureParser } from "../summary/captured-prediction";
import { hourOf, Summariser } from "../summary/summariser";
import type { HourObjects, KeptScore } from "./hour-objects";
import type { WatchedVersion } from "./registry";

/** A version, with its hours. */
export interface GatheredVersion {
  readonly watched: WatchedVersion;
  readonly hours: HourObjects;
}

/** What came in, by where it went. */
export interface GatheredCounts {
  /** New predictions in the summaries of each version. */
  readonly predictions: Record<string, number>;
  /** Predictions of versions that are not registered, or have no baseline, by version. */
  readonly others: Record<string, number>;
  /** Predictions with no field of the model. */
  foreign: number;
}

/** Answers of an endpoint name no version. */
const UNNAMED = "unknown";

/**
 * Adds captured lines to the hours of the version that answered. What a version's stored hour has of a file already is not added
 * again: a function that was ended between writing hours and noting the file leaves no trace in the figures.
 */
export class Gathering {
  readonly counts: GatheredCounts = { predictions: {}, others: {}, foreign: 0 };
  readonly #parse: CaptureParser;
  readonly #books = new Map<string, Book | undefined>();

  /**
   * @param usual - the version that lines without one are of
   * @param open - a version by its name; undefined where nothing is known of it
   */
  constructor(
    private readonly usual: GatheredVersion,
    private readonly open: (version: string) => Promise<GatheredVersion | undefined>,
  ) {
    this.#parse = captureParser(usual.watched.contract);
    this.#books.set(usual.watched.version, new Book(usual));
  }

  /** Adds a line of a file that arrived at a moment. */
  async line(line: CaptureLine, arrived: Date, source: string): Promise<void> {
    if (line.text.trim() === "") return;
    const found = line.whole ? this.#parse(line.text) : undefined;
    const book = await this.#book(typeof found === "object" ? found.modelVersion : UNNAMED);
    if (found === undefined || typeof found === "string") await book?.refuse(line, arrived, source);
    else if (book === undefined)
      this.counts.others[found.modelVersion] = (this.counts.others[found.modelVersion] ?? 0) + 1;
    else if (book.knows(found)) await book.add(found, arrived, source);
    else this.counts.foreign += 1;
  }

  /** Writes what was added, and forgets it. */
  async write(): Promise<void> {
    for (const [version, book] of this.#books) {
      const added = (await book?.write()) ?? 0;
      if (added > 0) this.counts.predictions[version] = (this.counts.predictions[version] ?? 0) + added;
    }
  }

  async #book(named: string): Promise<Book | undefined> {
    const version = named === UNNAMED ? this.usual.watched.version : named;
    if (!this.#books.has(version)) {
      const opened = await this.open(version);
      this.#books.set(version, opened === undefined ? undefined : new Book(opened));
    }
    return this.#books.get(version);
  }
}

interface OpenHour {
  /** Rows that it had when it was opened. */
  readonly rows: number;
  /** Files that were in it then. */
  readonly sources: ReadonlySet<string>;
  readonly scores: KeptScore[];
}

/** The hours of one version that are being added to. */
class Book {
  #summariser: Summariser;
  #open = new Map<string, OpenHour>();
  readonly #columns: readonly string[];

  constructor(private readonly version: GatheredVersion) {
    this.#summariser = new Summariser(version.watched);
    this.#columns = version.watched.baseline.columns.map(({ name }) => name);
  }

  knows({ input }: CapturedPrediction): boolean {
    return this.#columns.some((name) => Object.hasOwn(input, name));
  }

  async refuse(line: CaptureLine, arrived: Date, source: string): Promise<void> {
    const { sources } = await this.#opened(hourOf(arrived).from);
    if (!sources.has(source)) this.#summariser.addLine(line, arrived, source);
  }

  async add(prediction: CapturedPrediction, arrived: Date, source: string): Promise<void> {
    const { eventId, at, score, positive, modelVersion } = prediction;
    // A record of the future, or one that is late, is counted in the hour in which it came.
    await this.#opened(hourOf(arrived).from);
    const hour = await this.#opened(hourOf(new Date(at)).from);
    if (hour.sources.has(source)) return;
    this.#summariser.add(prediction, arrived, source);
    if (score !== null) hour.scores.push({ eventId, at, score, positive, modelVersion });
  }

  /** @returns how many predictions are new */
  async write(): Promise<number> {
    let added = 0;
    for (const state of this.#summariser.hours()) {
      const opened = this.#open.get(state.summary.window.from);
      const former = opened?.rows ?? 0;
      await this.version.hours.write(state, opened?.scores ?? [], former);
      added += state.summary.rows - former;
    }
    this.#summariser = new Summariser(this.version.watched);
    this.#open = new Map();
    return added;
  }

  /** Goes on with an hour of an earlier run. */
  async #opened(hour: string): Promise<OpenHour> {
    const known = this.#open.get(hour);
    if (known !== undefined) return known;
    const stored = await this.version.hours.read(hour);
    const opened: OpenHour = {
      rows: stored?.summary.rows ?? 0,
      sources: new Set(stored?.summary.sources),
      scores: [],
    };
    if (stored !== undefined) this.#summariser.resume(stored.summary, stored.ids);
    this.#open.set(hour, opened);
    return opened;
  }
}
