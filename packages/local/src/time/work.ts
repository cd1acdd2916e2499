import { setImmediate as turn } from "node:timers/promises";
import { CloudError } from "../errors";

/** Real work under way, and when it has come to rest. */
export class Work {
  readonly #under = new Map<number, string>();
  #next = 0;
  #changed: (() => void) | undefined;

  async during<T>(what: string, promise: Promise<T>): Promise<T> {
    const id = this.#next++;
    this.#under.set(id, what);
    try {
      return await promise;
    } finally {
      this.#under.delete(id);
      this.#changed?.();
    }
  }

  names(): string[] {
    return [...this.#under.values()];
  }

  /** Lets what has just been woken come as far as it can without waiting for anything real. */
  async turns(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; quiet += 1) await turn();
  }

  /** Resolves when no work is under way and none began over several turns of the event loop. */
  async settled(patienceMs: number): Promise<void> {
    const deadline = Date.now() + patienceMs;
    for (let quiet = 0; quiet < quietTurns; ) {
      await turn();
      // Files are written and read in many places; Node knows of every such operation under way.
      const files = process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
      if (this.#under.size === 0 && !files) quiet += 1;
      else {
        quiet = 0;
        if (Date.now() > deadline) throw waits(this.names());
        if (this.#under.size > 0) await this.#change(deadline - Date.now());
      }
    }
  }

  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#changed = () => {
        clearTimeout(timer);
        this.#changed = undefined;
        resolve();
      };
    });
  }
}

/** Chains of promises go on between turns; a chain that hands over through files or messages needs a few. */
const quietTurns = 4;

function waits(names: readonly string[]): CloudError {
  return new CloudError(
    "clock_waits",
    `Time cannot go on: ${names.slice(0, 5).join(", ") || "files are being written"} not done. Wait for it, or advance with ignoreWork.`,
    { facts: { names } },
  );
}
