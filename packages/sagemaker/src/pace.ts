import type { Clients, Polling } from "./clients";
import { isCredentialsError } from "./credentials";
import { OperationError } from "./errors";
import type { Surroundings } from "./surroundings";

const AWS_POLLING: Polling = { minimumMs: 2_000, maximumMs: 15_000 };
const THROTTLED_MAXIMUM_MS = 60_000;
const MOST_FAILURES_IN_A_ROW = 12;
const GROWTH = 1.5;

const THROTTLING = new Set(["ThrottlingException", "Throttling", "TooManyRequestsException", "SlowDown"]);
const CONNECTION = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOENT",
  "EAI_AGAIN",
  "ENOTFOUND",
  "ENETUNREACH",
  "ENETDOWN",
  "EHOSTUNREACH",
]);

/** Why a cloud did not answer, where waiting may help. */
export type DelayCause = "throttled" | "server" | "network" | "credentials";

/** Why asking again later may well succeed; undefined when it cannot. */
export function delayCause(error: unknown): DelayCause | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, code, $metadata } = error as Error & { code?: string; $metadata?: { httpStatusCode?: number } };
  if (isCredentialsError(error)) return "credentials";
  if (THROTTLING.has(name) || $metadata?.httpStatusCode === 429) return "throttled";
  if (($metadata?.httpStatusCode ?? 0) >= 500) return "server";
  const lost = name === "TimeoutError" || (code !== undefined && CONNECTION.has(code));
  return lost ? "network" : undefined;
}

/** The pace of one wait: quick after news, slower while nothing happens, much slower when the cloud pushes back. */
export class Pace {
  readonly #surroundings: Surroundings;
  readonly #polling: Polling;
  readonly #renewCredentials: (() => void) | undefined;
  #intervalMs: number;
  #failures = 0;
  /** Whether these credentials were good before. */
  #answered: boolean;

  constructor(
    clients: Pick<Clients, "polling" | "renewCredentials">,
    surroundings: Surroundings,
    { answered = false }: { readonly answered?: boolean } = {},
  ) {
    this.#answered = answered;
    this.#surroundings = surroundings;
    this.#renewCredentials = clients.renewCredentials;
    this.#polling = clients.polling ?? AWS_POLLING;
    this.#intervalMs = this.#polling.minimumMs;
  }

  /** Waits after an answer. */
  async next(changed: boolean, signal?: AbortSignal): Promise<void> {
    this.#failures = 0;
    this.#answered = true;
    const { minimumMs, maximumMs } = this.#polling;
    this.#intervalMs = changed ? minimumMs : Math.min(maximumMs, this.#intervalMs * GROWTH);
    await this.#wait(this.#intervalMs, signal);
  }

  /**
   * Waits after an error that may pass. Credentials that were good once, and a network that was there once, are waited for
   * as long as it takes: somebody has to sign in, or to open the laptop again.
   *
   * @returns Milliseconds waited.
   * @throws The error itself when it cannot pass; OperationError `execution_unreachable` when it came twelve times in a row.
   */
  async afterFailure(error: unknown, signal?: AbortSignal): Promise<number> {
    const waitMs = this.delayAfter(error);
    await this.pause(waitMs, signal);
    return waitMs;
  }

  /** The first half of {@link afterFailure}, for callers that say how long they wait before they {@link pause}. */
  delayAfter(error: unknown): number {
    const cause = delayCause(error);
    const floor = Math.max(this.#polling.minimumMs, 50);
    if (cause === "credentials" && this.#answered) {
      this.#renewCredentials?.();
      return this.#jittered(Math.max(floor, this.#polling.maximumMs));
    }
    if (cause === undefined || cause === "credentials") throw error;
    this.#failures += 1;
    const patient = cause === "network" && this.#answered;
    if (this.#failures >= MOST_FAILURES_IN_A_ROW && !patient) {
      throw new OperationError(
        "execution_unreachable",
        `The cloud did not answer ${this.#failures} times in a row. What it runs goes on; watch it again later.`,
        { facts: { failures: this.#failures }, cause: error },
      );
    }
    return this.#jittered(Math.min(THROTTLED_MAXIMUM_MS, floor * 2 ** this.#failures));
  }

  /** Waits for so long. */
  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#surroundings.sleep(ms, signal);
  }

  async #wait(ms: number, signal?: AbortSignal): Promise<number> {
    const jittered = this.#jittered(ms);
    await this.#surroundings.sleep(jittered, signal);
    return jittered;
  }

  #jittered(ms: number): number {
    return Math.round(ms * (0.75 + this.#surroundings.random() * 0.5));
  }
}
