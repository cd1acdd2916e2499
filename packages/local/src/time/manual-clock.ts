import type { Clock } from "../clock";
import { CloudError } from "../errors";
import { type Sleeper, Sleepers } from "./sleepers";
import { Work } from "./work";

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /**
   * Lets time pass: every sleep that becomes due ends at its own moment, in order, and what it sets off is done before
   * the next one ends. Real work ({@link Clock.during}) is waited for while time stands still. Calls queue up.
   *
   * @param ms simulated milliseconds; 0 only waits for what is under way
   * @throws CloudError `clock_waits` when real work is not done after `patienceMs`; time stands where it stood then
   */
  advance(ms: number, options?: AdvanceOptions): Promise<Advanced>;
  /** Moments at which sleeps end, earliest first, at most a hundred. */
  due(): Date[];
  /** Real work under way. */
  readonly busy: readonly string[];
}

/** How time passes. */
export interface AdvanceOptions {
  /** Go on although real work is under way, as a job that runs past its time limit needs. @default false */
  ignoreWork?: boolean;
  /** Real milliseconds to wait for work before giving up. @default 10 minutes */
  patienceMs?: number;
}

/** What an advance did. */
export interface Advanced {
  now: Date;
  /** How many sleeps ended. */
  woken: number;
}

/** How a manual clock is made. */
export interface ManualClockOptions {
  /** @default the machine's time */
  start?: Date;
  /** Told of the time whenever it has moved, before what it sets off begins. */
  onMove?: (now: Date) => void;
}

/** Makes a clock for tests and simulations. */
export function createManualClock(options: ManualClockOptions = {}): ManualClock {
  let now = (options.start ?? new Date()).getTime();
  let order = 0;
  const sleepers = new Sleepers();
  const work = new Work();
  let last: Promise<unknown> = Promise.resolve();

  const move = (to: number): void => {
    if (to <= now) return;
    now = to;
    options.onMove?.(new Date(now));
  };

  const advance = async (ms: number, { ignoreWork = false, patienceMs = 600_000 }: AdvanceOptions) => {
    const target = now + ms;
    let woken = 0;
    const settle = () => (ignoreWork ? work.turns() : work.settled(patienceMs));
    for (;;) {
      await settle();
      const next = sleepers.first();
      if (next === undefined || next.due > target) break;
      move(next.due);
      sleepers.remove(next);
      next.wake();
      woken += 1;
    }
    move(target);
    return { now: new Date(now), woken };
  };

  return {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted || !(ms > 0)) {
          resolve();
          return;
        }
        const leave = () => {
          sleepers.remove(sleeper);
          resolve();
        };
        const sleeper: Sleeper = {
          due: now + ms,
          order: order++,
          wake() {
            signal?.removeEventListener("abort", leave);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", leave, { once: true });
      }),
    during: (what, promise) => work.during(what, promise),
    advance(ms, how = {}) {
      if (!Number.isFinite(ms) || ms < 0) {
        return Promise.reject(
          new CloudError(
            "clock_backwards",
            `advance: ${ms} is no number of milliseconds from 0 upwards. Time only goes forward.`,
          ),
        );
      }
      const mine = last.then(() => advance(ms, how));
      last = mine.catch(() => undefined);
      return mine;
    },
    due: () => sleepers.moments(100),
    get busy() {
      return work.names();
    },
  };
}
