import type { Clients, Polling } from "./clients";
import { OperationError } from "./errors";
import type { Surroundings } from "./surroundings";

const AWS_POLLING: Polling = { minimumMs: 2_000, maximumMs: 15_000 };
const THROTTLED_MAXIMUM_MS = 60_000;
const MOST_FAILURES_IN_A_ROW = 12;
const GROWTH = 1.5;

const THROTTLING = new Set(["ThrottlingException", "Throttling", "TooManyRequestsException", "SlowDown"]);
const CONNECTION = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOENT", "EAI_AGAIN"]);

/** Whether asking again later may well succeed: throttling, a server fault or a lost connection. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code, $metadata } = error as Error & { code?: string; $metadata?: { httpStatusCode?: number } };
  return (
    THROTTLING.has(name) ||
    name === "TimeoutError" ||
    (code !== undefined && CONNECTION.has(code)) ||
    ($metadata?.httpStatusCode ?? 0) >= 500
  );
}

/** The pace of one wait: quick after news, slower while nothing happens, much slower when the cloud pushes back. */
export class Pace {
  readonly #surroundings: Surroundings;
  readonly #polling: Polling;
  #intervalMs: number;
  #failures = 0;

  constructor(clients: Pick<Clients, "polling">, surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#polling = clients.polling ?? AWS_POLLING;
    this.#intervalMs = this.#polling.minimumMs;
  }

  /** Waits after an answer. */
  async next(changed: boolean, signal?: AbortSignal): Promise<void> {
    this.#failures = 0;
    const { minimumMs, maximumMs } = this.#polling;
    this.#intervalMs = changed ? minimumMs : Math.min(maximumMs, this.#intervalMs * GROWTH);
    await this.#wait(this.#intervalMs, signal);
  }

  /**
   * Waits after an error that may pass.
   *
   * @returns Milliseconds waited.
   * @throws The error itself when it cannot pass; OperationError `execution_unreachable` when it came twelve times in a row.
   */
  async afterFailure(error: unknown, signal?: AbortSignal): Promise<number> {
    if (!isTransient(error)) throw error;
    this.#failures += 1;
    if (this.#failures >= MOST_FAILURES_IN_A_ROW) {
      throw new OperationError(
        "execution_unreachable",
        `The cloud did not answer ${this.#failures} times in a row. What it runs goes on; watch it again later.`,
        { facts: { failures: this.#failures }, cause: error },
      );
    }
    const floor = Math.max(this.#polling.minimumMs, 50);
    return await this.#wait(Math.min(THROTTLED_MAXIMUM_MS, floor * 2 ** this.#failures), signal);
  }

  async #wait(ms: number, signal?: AbortSignal): Promise<number> {
    const jittered = Math.round(ms * (0.75 + this.#surroundings.random() * 0.5));
    await this.#surroundings.sleep(jittered, signal);
    return jittered;
  }
}
