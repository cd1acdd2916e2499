import { EndpointFailure, type FailureKind } from "./failure";
import type { CallProfile } from "./profile";

/** Time and chance as retries need them. */
export interface RetryTiming {
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** A number from 0 to 1, 1 excluded. */
  readonly random: () => number;
}

/** Failures after which the same call may succeed and can do no harm: a prediction changes nothing. */
const PASSING: ReadonlySet<FailureKind> = new Set(["throttled", "starting", "unavailable", "other-model"]);

/** In tenths of a repetition. */
const BUDGET = 100;
const COST = 10;

/**
 * Repeats calls that failed in passing, with full jitter. All calls share a budget of ten repetitions that each answer
 * refills by a tenth, so that an endpoint which is down is not asked three times as often as one which is up. Two failures
 * are no sign of overload and cost nothing: an endpoint that is starting, and another model's answer while traffic shifts.
 */
export class Retries {
  #budget = BUDGET;

  constructor(
    private readonly profile: CallProfile,
    private readonly timing: RetryTiming,
    /** Is told of every failed attempt. */
    private readonly failed: (failure: EndpointFailure) => void,
  ) {}

  /**
   * Calls until there is an answer, a failure that stays, or no time.
   *
   * @param deadline - when to give up, on the monotonic clock
   * @throws {@link EndpointFailure} the last one
   */
  async run<T>(call: () => Promise<T>, deadline: number): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await call();
        this.#budget = Math.min(BUDGET, this.#budget + 1);
        return answer;
      } catch (error) {
        const pause = this.pauseAfter(error, attempt);
        if (pause === undefined || this.timing.monotonicMs() + pause >= deadline) throw error;
        await this.timing.sleep(pause);
      }
    }
  }

  private pauseAfter(error: unknown, attempt: number): number | undefined {
    if (!(error instanceof EndpointFailure)) return undefined;
    this.failed(error);
    if (!PASSING.has(error.kind)) return undefined;
    if (attempt >= this.profile.attempts) return undefined;
    // Where the next call goes is drawn anew, so there is nothing to wait for.
    if (error.kind === "other-model") return 0;
    if (error.kind !== "starting") {
      if (this.#budget < COST) return undefined;
      this.#budget -= COST;
    }
    return this.timing.random() * this.profile.pauseMs * 2 ** (attempt - 1);
  }
}
