import { EndpointFailure } from "./failure";
import type { CallProfile } from "./profile";

/** Sends the transformed rows of one call, one after the other in one array, and gives an answer for each. */
export type SendRows = (features: Float64Array, rows: number, deadline: number) => Promise<ArrayLike<number>>;

/** A row waiting for its answer. */
interface Waiting {
  readonly features: Float64Array;
  readonly deadline: number;
  readonly resolve: (value: number) => void;
  readonly reject: (error: unknown) => void;
}

/** The body of a real-time call is at most 6,291,456 bytes. */
const MOST_BYTES = 6_000_000;
/** Rows of one call at most, so that one takes no longer than its time. */
const MOST_ROWS = 4_096;
/** Rows waiting at most; more are refused at once, before they wait in vain. */
const MOST_WAITING = 20_000;

/**
 * Gathers rows into calls. While no more calls may be made, rows wait, and the next call takes all of them: single
 * requests that come together and the rows of a batch share calls, and a row that comes alone waits for nobody.
 */
export class RowQueue {
  readonly #waiting: Waiting[] = [];
  readonly #rowsPerCall: number;
  #limit: number;
  #calls = 0;
  #scheduled = false;

  constructor(
    private readonly parts: {
      readonly profile: CallProfile;
      /** Features of a row. */
      readonly width: number;
      readonly send: SendRows;
      readonly monotonicMs: () => number;
    },
  ) {
    this.#limit = parts.profile.concurrency;
    this.#rowsPerCall = Math.max(1, Math.min(MOST_ROWS, Math.trunc(MOST_BYTES / (8 * parts.width))));
  }

  /** The answer to one transformed row. @throws EndpointFailure */
  add(features: Float64Array): Promise<number> {
    if (this.#waiting.length >= MOST_WAITING) {
      return Promise.reject(new EndpointFailure("throttled", "Too many rows wait for the endpoint."));
    }
    const deadline = this.parts.monotonicMs() + this.parts.profile.deadlineMs;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ features, deadline, resolve, reject });
      this.#schedule();
    });
  }

  /**
   * The endpoint refused a call because it has enough of them. Halving now and adding one for as many answers as there are
   * calls finds the concurrency that it grants.
   */
  throttled(): void {
    if (this.parts.profile.adaptive) this.#limit = Math.max(1, this.#limit / 2);
  }

  /** Rows that are asked for in one turn of the event loop go together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#waiting.length > 0 && this.#calls < Math.max(1, Math.trunc(this.#limit))) void this.#call();
    });
  }

  async #call(): Promise<void> {
    const now = this.parts.monotonicMs();
    const rows: Waiting[] = [];
    for (const row of this.#waiting.splice(0, this.#rowsPerCall)) {
      if (row.deadline > now) rows.push(row);
      else row.reject(new EndpointFailure("timeout", "The row waited too long for the endpoint."));
    }
    const [first] = rows;
    if (first === undefined) return;
    this.#calls += 1;
    try {
      const values = await this.parts.send(together(rows, this.parts.width), rows.length, first.deadline);
      const { adaptive, concurrency } = this.parts.profile;
      if (adaptive) this.#limit = Math.min(concurrency, this.#limit + 1 / this.#limit);
      for (const [index, row] of rows.entries()) row.resolve(values[index] as number);
    } catch (error) {
      for (const row of rows) row.reject(error);
    } finally {
      this.#calls -= 1;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}

function together(rows: readonly Waiting[], width: number): Float64Array {
  const features = new Float64Array(rows.length * width);
  rows.forEach((row, index) => {
    features.set(row.features, index * width);
  });
  return features;
}
