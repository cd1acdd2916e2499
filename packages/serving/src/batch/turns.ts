/** Rows that all batches together score before other requests get their turn: two milliseconds or so. */
const ROWS_PER_TURN = 64;

/**
 * Lets the batches of one process share its event loop. However many are under way, together they score a bounded number
 * of rows before the loop looks for other requests, so that a single prediction never waits for the sum of their turns.
 */
export class Turns {
  readonly #rows: number;
  #left: number;
  #ending = false;
  readonly #waiting: (() => void)[] = [];

  /** @param rows how many fit between two looks at other requests */
  constructor(rows: number = ROWS_PER_TURN) {
    this.#rows = rows;
    this.#left = rows;
  }

  /** Undefined when a row may be scored now; else what resolves when it may, first come, first served. */
  next(): Promise<void> | undefined {
    this.#endLater();
    if (this.#left > 0 && this.#waiting.length === 0) {
      this.#left -= 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #endLater(): void {
    if (this.#ending) return;
    this.#ending = true;
    setImmediate(() => {
      this.#ending = false;
      const called = this.#waiting.splice(0, this.#rows);
      this.#left = this.#rows - called.length;
      for (const resolve of called) resolve();
      if (this.#waiting.length > 0) this.#endLater();
    });
  }
}

/** The turns of this process, which has one event loop. */
export const batchTurns = new Turns();
